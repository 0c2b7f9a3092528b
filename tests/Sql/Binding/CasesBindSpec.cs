using ActorStreams.Sql.Binding.Catalogues;
using ActorStreams.Sql.Binding.Nodes;
using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Binding.Statements;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Syntax.Printing;
using ActorStreams.Sql.Syntax.Tree;
using ActorStreams.Sql.Tests.Cases;

namespace ActorStreams.Sql.Tests.Binding;

/// <summary>Whatever the conformance cases and Nexmark say is bound, and what must be refused when a statement is planned is refused with
/// its category.</summary>
public sealed class CasesBindSpec
{
    /// <summary>These are seen only when rows come.</summary>
    private static readonly string[] s_atRunTime = ["cardinality", "divisionByZero", "outOfRange", "skipTarget"];

    public static TheoryData<string> Ids => SqlCases.Ids;

    [Theory]
    [MemberData(nameof(Ids))]
    public void Every_statement_of_a_case_is_bound(string id)
    {
        var catalog = new SqlCatalog();
        foreach (string statement in SqlCases.Find(id).Statements)
            Run(statement, catalog);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void What_a_case_says_is_refused_is_refused_with_its_category(string id)
    {
        SqlCase one = SqlCases.Find(id);
        if (one.Failing is null)
            return;
        var catalog = new SqlCatalog();
        foreach (string statement in one.Statements)
            Run(statement, catalog);
        var error = Record.Exception(() => Run(one.Failing, catalog)) as SqlException;
        if (s_atRunTime.Contains(one.Error, StringComparer.Ordinal))
            Assert.Null(error);
        else
            Assert.Equal(one.Error, error?.Category.ToString(), ignoreCase: true);
    }

    [Fact]
    public void The_queries_of_Nexmark_are_bound()
    {
        var catalog = new SqlCatalog();
        Assert.All(SqlCases.Nexmark, statement => Run(SqlPrinter.Print(statement), catalog));
    }

    /// <summary>Binds a statement, and adds what it makes to the catalogue. In what it gives every column exists, has the type that
    /// expressions over it say, and belongs to no query around.</summary>
    internal static BoundStatement Run(string text, SqlCatalog catalog)
    {
        BoundStatement bound = Binder.Bind(text, catalog);
        Relation? relation = bound switch
        {
            BoundQuery query => query.Relation,
            BoundCreate create => create.Table?.Query,
            BoundInsert insert => insert.Rows,
            BoundUpdate update => update.Changes,
            BoundDelete delete => delete.Rows,
            _ => null,
        };
        if (relation is not null)
            WellFormed.Check(relation);
        if (bound is BoundCreate { Table: { } table })
            catalog.Add(table);
        return bound;
    }
}

/// <summary>What holds of every relation that the binder gives.</summary>
internal static class WellFormed
{
    public static void Check(Relation relation)
    {
        foreach (Relation one in relation.All())
        {
            foreach (BoundExpression node in one.Expressions.SelectMany(expression => expression.All()))
            {
                if (node is OuterColumnExpression or SubqueryExpression or GroupingExpression)
                    Assert.Fail($"{node} is left in\n{relation}");
                if (node is AggregateExpression && one is not AggregateRelation)
                    Assert.Fail($"{node} is left in {one.Describe()} of\n{relation}");
                if (node is OverExpression && one is not OverRelation)
                    Assert.Fail($"{node} is left in {one.Describe()} of\n{relation}");
                if (node is ColumnExpression { Ordinal: >= 0 } column)
                {
                    // The text of a relation is long: it is made for what fails only.
                    if (column.Input >= one.Inputs.Count)
                        Assert.Fail($"{column} has no input in {one.Describe()} of\n{relation}");
                    IReadOnlyList<RelationColumn> columns = one.Inputs[column.Input].Columns;
                    if (column.Ordinal >= columns.Count)
                        Assert.Fail($"{column} is beyond the columns in {one.Describe()} of\n{relation}");
                    if (columns[column.Ordinal].Type != column.Type)
                        Assert.Fail($"{column} is {column.Type}, not {columns[column.Ordinal].Type} in {one.Describe()} of\n{relation}");
                    if (!column.IsNullable && columns[column.Ordinal].IsNullable)
                        Assert.Fail($"{column} may be null in {one.Describe()} of\n{relation}");
                }
            }

            if (one is ProjectRelation project)
                Assert.Equal(project.Columns.Select(column => column.Type), project.Expressions.Select(value => value.Type));
            if (one is SetRelation set)
                Assert.Equal(set.Left.Columns.Select(column => column.Type), set.Right.Columns.Select(column => column.Type));
        }
    }
}
