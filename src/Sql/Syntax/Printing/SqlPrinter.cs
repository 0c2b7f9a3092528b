using ActorStreams.Sql.Syntax.Tree;

namespace ActorStreams.Sql.Syntax.Printing;

/// <summary>The canonical text of a tree: parsed again it gives an equal tree.</summary>
internal static class SqlPrinter
{
    public static string Print(Statement statement)
    {
        var text = new SqlText();
        new StatementPrinter(text).Print(statement);
        return text.ToString();
    }

    public static string Print(QueryExpression query)
    {
        var text = new SqlText();
        new Printers(text).Queries.Print(query);
        return text.ToString();
    }

    public static string Print(Expression expression)
    {
        var text = new SqlText();
        new Printers(text).Expressions.Print(expression);
        return text.ToString();
    }
}
