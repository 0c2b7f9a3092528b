using System.Runtime.CompilerServices;
using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Expressions;

namespace ActorStreams.Sql.Binding.Scopes;

/// <summary>How large a statement may become by what it names again and again: a query of WITH, a view, the operand of BETWEEN. Each of
/// them can double what stands below it, so that a short text would make a tree without end.</summary>
internal sealed class SizeLimits(BindingSession session)
{
    private const int MostRelations = 5_000, MostNodes = 100_000;

    private readonly ConditionalWeakTable<BoundExpression, object> _sizes = [];

    public Relation Checked(Relation relation, SourceSpan span) => relation.TreeSize <= MostRelations ? relation
        : throw session.Fault(SqlErrorCategory.Limit, SqlState.StatementTooComplex,
            $"The query comes to more than {MostRelations} tables, joins and other parts.", span, "Make a materialized view of what it names often.");

    public BoundExpression Checked(BoundExpression expression, SourceSpan span) => SizeOf(expression) <= MostNodes ? expression
        : throw session.Fault(SqlErrorCategory.Limit, SqlState.StatementTooComplex,
            $"The expression comes to more than {MostNodes} operations.", span, "Compute what stands in it often in a query below.");

    private long SizeOf(BoundExpression expression)
    {
        if (expression.Children.Count == 0)
            return 1;
        if (_sizes.TryGetValue(expression, out object? known))
            return (long)known;
        long size = 1;
        foreach (BoundExpression child in expression.Children)
            size += SizeOf(child);
        _sizes.Add(expression, size);
        return size;
    }
}
