using ActorStreams.Sql.Syntax;
using ActorStreams.Sql.Syntax.Printing;
using ActorStreams.Sql.Syntax.Tree;
using ActorStreams.Sql.Tests.Cases;

namespace ActorStreams.Sql.Tests.Syntax;

/// <summary>Whatever the conformance cases and Nexmark say is parsed, and printed so that it is parsed the same.</summary>
public sealed class CasesParseSpec
{
    public static TheoryData<string> Ids => SqlCases.Ids;

    [Theory]
    [MemberData(nameof(Ids))]
    public void Every_statement_of_a_case_is_parsed_and_printed_so_that_it_is_parsed_the_same(string id) =>
        Assert.All(SqlCases.Find(id).Statements, Holds);

    [Theory]
    [MemberData(nameof(Ids))]
    public void What_a_case_says_is_no_statement_is_refused_as_such(string id)
    {
        SqlCase one = SqlCases.Find(id);
        if (one.Failing is null)
            return;
        SqlException? error = Record.Exception(() => SqlParser.ParseStatement(one.Failing)) as SqlException;
        if (one.Error == "syntax")
            Assert.Equal(SqlErrorCategory.Syntax, error?.Category);
        else
            Assert.Null(error);
    }

    [Fact]
    public void Nexmark_has_four_tables_and_23_queries() =>
        Assert.Equal((4, 23), (SqlCases.Nexmark.Count(one => one is CreateTable), SqlCases.Nexmark.Count(one => one is SelectStatement)));

    [Fact]
    public void The_queries_of_Nexmark_are_printed_so_that_they_are_parsed_the_same() =>
        Assert.All(SqlCases.Nexmark.Concat(SqlParser.ParseScript(SqlCases.NexmarkForPostgreSql)).Select(SqlPrinter.Print), Holds);

    private static void Holds(string text)
    {
        Statement statement = SqlParser.ParseStatement(text);
        string printed = SqlPrinter.Print(statement);
        Assert.Equal(statement, SqlParser.ParseStatement(printed));
        Assert.Equal(printed, SqlPrinter.Print(SqlParser.ParseStatement(printed)));
    }
}
