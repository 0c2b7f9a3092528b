namespace ActorStreams.Sql.Syntax.Printing;

/// <summary>The printers, which call one another, over one text.</summary>
internal sealed class Printers
{
    public Printers(SqlText text)
    {
        Text = text;
        Expressions = new ExpressionPrinter(this);
        Calls = new CallPrinter(this);
        Queries = new QueryPrinter(this);
        Tables = new TablePrinter(this);
    }

    public SqlText Text { get; }

    public ExpressionPrinter Expressions { get; }

    public CallPrinter Calls { get; }

    public QueryPrinter Queries { get; }

    public TablePrinter Tables { get; }
}
