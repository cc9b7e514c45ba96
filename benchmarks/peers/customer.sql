COPY (
  WITH profiles AS (
    SELECT attributes AS a, attributes.location AS l
    FROM read_ndjson($source, columns = {
      attributes: 'STRUCT(email VARCHAR, phone_number VARCHAR, first_name VARCHAR, last_name VARCHAR,
        organization VARCHAR, location JSON, properties STRUCT("Last active" VARCHAR),
        subscriptions STRUCT(email STRUCT(marketing STRUCT(consent VARCHAR))))'
    })
  )
  SELECT
    a.email AS EmailAddress,
    coalesce(a.phone_number, 'N/A') AS CustomerNumber,
    a.first_name AS FirstName,
    a.last_name AS LastName,
    a.organization AS Company,
    {
      Consent: a.subscriptions.email.marketing.consent,
      C5_Custom_Customer: a.properties."Last active"
    } AS CustomFields,
    CASE WHEN l->>'address1' <> '' AND l->>'city' <> '' AND l->>'country' <> '' THEN [{
      FirstName: a.first_name,
      LastName: a.last_name,
      Company: a.organization,
      PhoneNumber: a.phone_number,
      Address1: l->>'address1',
      Address2: l->>'address2',
      City: l->>'city',
      Region: l->>'region',
      Country: l->>'country',
      PostalCode: l->>'zip'
    }] END AS Addresses
  FROM profiles
) TO $target (FORMAT json)
