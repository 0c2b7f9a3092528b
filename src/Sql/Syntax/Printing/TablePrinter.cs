using ActorStreams.Sql.Syntax.Tree;

namespace ActorStreams.Sql.Syntax.Printing;

/// <summary>What stands in FROM, with the patterns that are searched in it.</summary>
internal sealed class TablePrinter(Printers printers)
{
    private readonly SqlText _text = printers.Text;

    public void Print(TableReference table)
    {
        switch (table)
        {
            case NamedTable named:
                _text.Add(named.Name);
                if (named.AsOf is not null)
                {
                    _text.Add(" FOR SYSTEM_TIME AS OF ");
                    printers.Expressions.Print(named.AsOf);
                }

                _text.Add(named.Alias);
                break;
            case DerivedTable derived:
                _text.AddIf(derived.IsLateral, "LATERAL ").Add("(");
                printers.Queries.Print(derived.Query);
                _text.Add(")").Add(derived.Alias);
                break;
            case TableFunction function:
                Function(function);
                break;
            case JoinedTable join:
                Join(join);
                break;
            case AliasedJoin aliased:
                _text.Add("(");
                Print(aliased.Table);
                _text.Add(")").Add(aliased.Alias);
                break;
            default:
                Match((MatchRecognize)table);
                break;
        }
    }

    private void Operand(TableReference table)
    {
        _text.AddIf(table is JoinedTable, "(");
        Print(table);
        _text.AddIf(table is JoinedTable, ")");
    }

    private void Function(TableFunction function)
    {
        _text.AddIf(function.IsLateral, "LATERAL ").AddIf(function.IsWrapped, "TABLE(");
        printers.Calls.Name(function.Name, isPlain: false);
        _text.Add("(").Join(function.Arguments, ", ", Argument).Add(")").AddIf(function.IsWrapped, ")")
            .AddIf(function.WithOrdinality, " WITH ORDINALITY").Add(function.Alias);
    }

    private void Argument(TableArgument argument)
    {
        if (argument.Name is not null)
            _text.Add(argument.Name).Add(" => ");
        switch (argument)
        {
            case ScalarArgument scalar:
                printers.Expressions.Print(scalar.Value);
                break;
            case DescriptorArgument descriptor:
                _text.Add("DESCRIPTOR(");
                printers.Expressions.List(descriptor.Columns).Add(")");
                break;
            default:
                Input((TableInput)argument);
                break;
        }
    }

    private void Input(TableInput input)
    {
        _text.Add("TABLE ");
        if (input.Table is not null)
        {
            _text.Add(input.Table);
        }
        else
        {
            _text.Add("(");
            printers.Queries.Print(input.Query!);
            _text.Add(")");
        }

        if (!input.PartitionBy.IsEmpty)
        {
            _text.Add(" PARTITION BY (");
            printers.Expressions.List(input.PartitionBy).Add(")");
        }

        if (input.OrderBy.IsEmpty)
            return;
        _text.Add(" ORDER BY ");
        printers.Expressions.Order(input.OrderBy);
    }

    private void Join(JoinedTable join)
    {
        Print(join.Left);
        _text.AddIf(join.IsNatural, " NATURAL").AddIf(join.IsAsOf, " ASOF").Add(join.Kind switch
        {
            JoinKind.Left => " LEFT JOIN ",
            JoinKind.Right => " RIGHT JOIN ",
            JoinKind.Full => " FULL JOIN ",
            JoinKind.Cross => " CROSS JOIN ",
            _ => " JOIN ",
        });
        Operand(join.Right);
        if (!join.Using.IsEmpty)
            _text.Add(" USING").AddColumns(join.Using);
        if (join.UsingAlias is not null)
            _text.Add(" AS ").Add(join.UsingAlias);
        if (join.On is null)
            return;
        _text.Add(" ON ");
        printers.Expressions.Print(join.On);
    }

    private void Match(MatchRecognize match)
    {
        Operand(match.Input);
        _text.Add(" MATCH_RECOGNIZE (");
        if (!match.PartitionBy.IsEmpty)
        {
            _text.Add("PARTITION BY ");
            printers.Expressions.List(match.PartitionBy).Add(" ");
        }

        if (!match.OrderBy.IsEmpty)
        {
            _text.Add("ORDER BY ");
            printers.Expressions.Order(match.OrderBy).Add(" ");
        }

        if (!match.Measures.IsEmpty)
        {
            _text.Add("MEASURES ").Join(match.Measures, ", ", measure =>
            {
                printers.Expressions.Print(measure.Value);
                _text.Add(" AS ").Add(measure.Name);
            }).Add(" ");
        }

        _text.Add(match.Rows switch
        {
            RowsPerMatch.Unsaid => "",
            RowsPerMatch.One => "ONE ROW PER MATCH ",
            RowsPerMatch.All => "ALL ROWS PER MATCH ",
            RowsPerMatch.AllShowEmpty => "ALL ROWS PER MATCH SHOW EMPTY MATCHES ",
            RowsPerMatch.AllOmitEmpty => "ALL ROWS PER MATCH OMIT EMPTY MATCHES ",
            _ => "ALL ROWS PER MATCH WITH UNMATCHED ROWS ",
        });
        if (match.Skip is { } skip)
            Skip(skip);
        _text.Add("PATTERN (");
        Pattern(match.Pattern, Alternation);
        _text.Add(")");
        if (match.Within is not null)
        {
            _text.Add(" WITHIN ");
            printers.Expressions.Print(match.Within);
        }

        if (!match.Subsets.IsEmpty)
            _text.Add(" SUBSET ").Join(match.Subsets, ", ", subset => _text.Add(subset.Name).Add(" =").AddColumns(subset.Variables));
        if (!match.Definitions.IsEmpty)
        {
            _text.Add(" DEFINE ").Join(match.Definitions, ", ", definition =>
            {
                _text.Add(definition.Variable).Add(" AS ");
                printers.Expressions.Print(definition.Condition);
            });
        }

        _text.Add(")").Add(match.Alias);
    }

    private void Skip(AfterMatchSkip skip)
    {
        _text.Add("AFTER MATCH SKIP ").Add(skip.Kind switch
        {
            SkipTarget.PastLastRow => "PAST LAST ROW",
            SkipTarget.ToNextRow => "TO NEXT ROW",
            SkipTarget.ToFirst => "TO FIRST ",
            SkipTarget.ToLast => "TO LAST ",
            _ => "TO ",
        });
        if (skip.Variable is not null)
            _text.Add(skip.Variable);
        _text.Add(" ");
    }

    private const int Alternation = 0, Sequence = 1, Quantified = 2, Part = 3;

    /// <summary>In brackets if it binds looser than its place needs.</summary>
    private void Pattern(RowPattern pattern, int minimum)
    {
        int precedence = pattern switch
        {
            AlternationPattern => Alternation,
            SequencePattern or EmptyPattern => Sequence,
            QuantifiedPattern => Quantified,
            _ => Part,
        };
        bool isBracketed = precedence < minimum || pattern is EmptyPattern;
        _text.AddIf(isBracketed, "(");
        switch (pattern)
        {
            case VariablePattern variable:
                _text.Add(variable.Variable);
                break;
            case AnchorPattern anchor:
                _text.Add(anchor.IsStart ? "^" : "$");
                break;
            case SequencePattern sequence:
                _text.Join(sequence.Parts, " ", part => Pattern(part, Quantified));
                break;
            case AlternationPattern alternation:
                _text.Join(alternation.Parts, " | ", part => Pattern(part, Sequence));
                break;
            case PermutePattern permute:
                _text.Add("PERMUTE(").Join(permute.Parts, ", ", part => Pattern(part, Alternation)).Add(")");
                break;
            case ExclusionPattern exclusion:
                _text.Add("{- ");
                Pattern(exclusion.Part, Alternation);
                _text.Add(" -}");
                break;
            case QuantifiedPattern quantified:
                Pattern(quantified.Part, Part);
                _text.Add(TimesOf(quantified)).AddIf(quantified.IsReluctant, "?");
                break;
        }

        _text.AddIf(isBracketed, ")");
    }

    private static string TimesOf(QuantifiedPattern pattern) => (pattern.Min, pattern.Max) switch
    {
        (0, null) => "*",
        (1, null) => "+",
        (0, 1) => "?",
        (var min, null) => $"{{{min},}}",
        (var min, var max) when min == max => $"{{{min}}}",
        (var min, var max) => $"{{{min},{max}}}",
    };
}
