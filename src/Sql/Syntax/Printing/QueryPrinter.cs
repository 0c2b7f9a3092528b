using ActorStreams.Sql.Syntax.Parsing;
using ActorStreams.Sql.Syntax.Tree;

namespace ActorStreams.Sql.Syntax.Printing;

/// <summary>Queries.</summary>
internal sealed class QueryPrinter(Printers printers)
{
    private readonly SqlText _text = printers.Text;

    public void Print(QueryExpression query)
    {
        switch (query)
        {
            case Query whole:
                Whole(whole);
                break;
            case SetOperation operation:
                Set(operation);
                break;
            case ValuesQuery values:
                _text.Add("VALUES ").Join(values.Rows, ", ", row =>
                {
                    _text.Add("(");
                    printers.Expressions.List(row.Items).Add(")");
                });
                break;
            case TableQuery table:
                _text.Add("TABLE ").Add(table.Name);
                break;
            default:
                Select((SelectQuery)query);
                break;
        }
    }

    private void Bracketed(QueryExpression query, bool isBracketed)
    {
        _text.AddIf(isBracketed, "(");
        Print(query);
        _text.AddIf(isBracketed, ")");
    }

    private void Whole(Query query)
    {
        if (!query.With.IsEmpty)
        {
            _text.Add("WITH ").AddIf(query.IsRecursive, "RECURSIVE ").Join(query.With, ", ", table =>
            {
                _text.Add(table.Name).AddColumns(table.Columns).Add(table.IsMaterialized switch
                {
                    null => " AS ",
                    true => " AS MATERIALIZED ",
                    _ => " AS NOT MATERIALIZED ",
                });
                Bracketed(table.Query, isBracketed: true);
            }).Add(" ");
        }

        Bracketed(query.Body, query.Body is Query);
        if (!query.OrderBy.IsEmpty)
        {
            _text.Add(" ORDER BY ");
            printers.Expressions.Order(query.OrderBy);
        }

        if (query.Offset is not null)
        {
            _text.Add(" OFFSET ");
            printers.Expressions.Print(query.Offset);
        }

        if (query.Limit is null)
            return;
        _text.Add(query.WithTies ? " FETCH FIRST " : " LIMIT ");
        printers.Expressions.Print(query.Limit, query.WithTies ? Precedence.Sum : Precedence.Any);
        _text.AddIf(query.WithTies, " ROWS WITH TIES");
    }

    private void Set(SetOperation operation)
    {
        Bracketed(operation.Left, operation.Left is Query || (operation.Left is SetOperation left && Rank(left) < Rank(operation)));
        _text.Add(" ").Add(operation.Operator.ToString().ToUpperInvariant()).Add(operation.IsAll ? " ALL " : " ");
        Bracketed(operation.Right, operation.Right is Query || (operation.Right is SetOperation right && Rank(right) <= Rank(operation)));
    }

    private static int Rank(SetOperation operation) => operation.Operator == SetOperator.Intersect ? 2 : 1;

    private void Select(SelectQuery select)
    {
        _text.Add("SELECT").AddIf(select.IsDistinct, " DISTINCT");
        if (!select.DistinctOn.IsEmpty)
        {
            _text.Add(" ON (");
            printers.Expressions.List(select.DistinctOn).Add(")");
        }

        _text.AddIf(!select.Items.IsEmpty, " ").Join(select.Items, ", ", Item);
        if (!select.From.IsEmpty)
            _text.Add(" FROM ").Join(select.From, ", ", printers.Tables.Print);
        Clause(" WHERE ", select.Where);
        if (select.GroupBy is { } group)
            _text.Add(" GROUP BY ").AddIf(group.IsDistinct, "DISTINCT ").Join(group.Elements, ", ", Grouping);
        Clause(" HAVING ", select.Having);
        if (!select.Windows.IsEmpty)
        {
            _text.Add(" WINDOW ").Join(select.Windows, ", ", window =>
            {
                _text.Add(window.Name).Add(" AS ");
                printers.Calls.Window(window.Window);
            });
        }

        Clause(" QUALIFY ", select.Qualify);
    }

    private void Clause(string word, Expression? expression)
    {
        if (expression is null)
            return;
        _text.Add(word);
        printers.Expressions.Print(expression);
    }

    private void Item(SelectItem item)
    {
        if (item is SelectStar star)
        {
            if (star.Qualifier is not null)
                _text.Add(star.Qualifier).Add(".");
            _text.Add("*");
            return;
        }

        var value = (SelectExpression)item;
        printers.Expressions.Print(value.Value);
        if (value.Alias is not null)
            _text.Add(" AS ").Add(value.Alias);
    }

    private void Grouping(GroupingElement element)
    {
        switch (element)
        {
            case GroupingExpressions { Values.Count: 1 } one:
                printers.Expressions.Print(one.Values[0]);
                break;
            case GroupingExpressions several:
                _text.Add("(");
                printers.Expressions.List(several.Values).Add(")");
                break;
            case RollupElement rollup:
                _text.Add("ROLLUP (").Join(rollup.Parts, ", ", Grouping).Add(")");
                break;
            case CubeElement cube:
                _text.Add("CUBE (").Join(cube.Parts, ", ", Grouping).Add(")");
                break;
            default:
                _text.Add("GROUPING SETS (").Join(((GroupingSetsElement)element).Sets, ", ", Grouping).Add(")");
                break;
        }
    }
}
