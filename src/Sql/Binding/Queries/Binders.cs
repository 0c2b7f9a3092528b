using ActorStreams.Sql.Binding.Scopes;

namespace ActorStreams.Sql.Binding.Queries;

/// <summary>The binders of the parts of a query, which call one another, in one session.</summary>
internal sealed class Binders
{
    public Binders(BindingSession session)
    {
        Session = session;
        Limits = new SizeLimits(session);
        Names = new NameResolution(session);
        Types = new TypeBinder(session);
        Expressions = new ExpressionBinder(this);
        Calls = new CallBinder(this);
        Windows = new OverBinder(this);
        Queries = new QueryBinder(this);
        Selects = new SelectBinder(this);
        Tables = new TableBinder(this);
        Functions = new TableFunctionBinder(this);
        Matches = new MatchBinder(this);
        Planting = new SubqueryPlanting(this);
    }

    public BindingSession Session { get; }

    public SizeLimits Limits { get; }

    public NameResolution Names { get; }

    public TypeBinder Types { get; }

    public ExpressionBinder Expressions { get; }

    public CallBinder Calls { get; }

    public OverBinder Windows { get; }

    public QueryBinder Queries { get; }

    public SelectBinder Selects { get; }

    public TableBinder Tables { get; }

    public TableFunctionBinder Functions { get; }

    public MatchBinder Matches { get; }

    public SubqueryPlanting Planting { get; }
}
