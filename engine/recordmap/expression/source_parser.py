"""JMESPath by the jmespath library, to a tree of ours with places: the careful road of `recordmap.expression.source`.

Stricter than the library, as the specification is: literals are JSON (no bare words between backquotes, no NaN),
arguments and entries are separated by commas, a slice behind an index projects, and an expression reference stands
only where a function takes one.
"""

from __future__ import annotations

from typing import Any

from jmespath import ast as library_ast
from jmespath.exceptions import EmptyExpressionError, IncompleteExpressionError, LexerError, ParseError
from jmespath.lexer import Lexer
from jmespath.parser import Parser

from recordmap.expression.caps import ExpressionError, scan_before_parsing
from recordmap.expression.source_errors import CODE, misplaced_call, read_quotes, syntax_error
from recordmap.expression.source_functions import check_call, check_references
from recordmap.expression.source_limits import check_limits
from recordmap.expression.source_nodes import FunctionCall, Node, walk
from recordmap.expression.source_tree import TreeBuilder


def parse_with_library(text: str) -> tuple[Node, dict[str, Any], dict[int, Node]]:
    """Return our tree, the library's, and which node of ours was made of which of the library's, by identity.

    Raises:
        ExpressionError: as `recordmap.expression.source.parse_source`.
    """
    scan_before_parsing(text, CODE)
    literals = read_quotes(text)
    try:
        tokens = list(Lexer().tokenize(text))
        parsed: dict[str, Any] = _Parser().parse_tree(tokens)
    except EmptyExpressionError:
        raise syntax_error(text, 0) from None
    except IncompleteExpressionError:
        raise syntax_error(text, len(text)) from None
    except LexerError as error:
        raise syntax_error(text, error.lexer_position) from None
    except ParseError as error:
        raise syntax_error(text, _position(text, error)) from None
    except (RecursionError, MemoryError):
        raise ExpressionError(
            "expression-too-long", "the source is nested too deeply", 0, len(text)
        ) from None
    except ValueError:
        # Python refuses to read numbers of thousands of digits.
        raise ExpressionError(CODE, "a position beyond the end of any list", 0, len(text)) from None
    builder = TreeBuilder(text, tokens, literals)
    tree = builder.build(parsed)
    check_references(tree)
    for node in walk(tree):
        if isinstance(node, FunctionCall):
            check_call(node)
    check_limits(tree)
    return tree, parsed, builder.nodes


def _position(text: str, error: ParseError) -> int:
    """Return where the library stopped. It gives the call of a name in quotes no position."""
    position: int = error.lex_position
    return misplaced_call(text) if position == 0 and not text.startswith(str(error.token_value)) else position


class _Parser(Parser):
    """The library's parser without its cache, and with slices that project wherever they stand."""

    def parse_tree(self, tokens: list[Any]) -> dict[str, Any]:
        """Return the library's tree of a whole token list."""
        state: Any = self  # the library's own names, which its type information leaves out
        state._tokens = tokens
        state._index = 0
        parsed: dict[str, Any] = state._expression(binding_power=0)
        if state._current_token() != "eof":
            token = state._lookahead_token(0)
            raise ParseError(token["start"], token["value"], token["type"])
        return parsed

    def _token_led_lbracket(self, left: Any) -> Any:
        library: Any = super()
        node = library._token_led_lbracket(left)
        if node["type"] == "index_expression" and node["children"][-1]["type"] == "slice":
            return library_ast.projection(node, library._parse_projection_rhs(self.BINDING_POWER["star"]))
        return node
