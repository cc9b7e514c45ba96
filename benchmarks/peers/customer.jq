.attributes as $a
| (if ($a.location | type) == "object" then $a.location else {} end) as $l
| {
    EmailAddress: $a.email,
    CustomerNumber: ($a.phone_number // "N/A"),
    FirstName: $a.first_name,
    LastName: $a.last_name,
    Company: $a.organization,
    CustomFields: {
      Consent: $a.subscriptions.email.marketing.consent,
      C5_Custom_Customer: (if $a.properties["Last active"] then $a.properties["Last active"] | tostring else null end)
    },
    Addresses: (
      if $l.address1 and $l.city and $l.country then
        [{
          FirstName: $a.first_name,
          LastName: $a.last_name,
          Company: $a.organization,
          PhoneNumber: $a.phone_number,
          Address1: $l.address1,
          Address2: $l.address2,
          City: $l.city,
          Region: $l.region,
          Country: $l.country,
          PostalCode: $l.zip
        }]
      else null end)
  }
