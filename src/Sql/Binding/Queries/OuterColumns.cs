using ActorStreams.Sql.Binding.Nodes;
using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Expressions;

namespace ActorStreams.Sql.Binding.Queries;

/// <summary>The columns of queries around a relation that it names.</summary>
internal static class OuterColumns
{
    public static IEnumerable<OuterColumnExpression> Of(BoundExpression expression) => expression.All().OfType<OuterColumnExpression>();

    public static IEnumerable<OuterColumnExpression> Of(Relation relation) =>
        relation.All().SelectMany(one => one.Expressions).SelectMany(Of);

    /// <summary>Whether it names the query around it.</summary>
    public static bool IsCorrelated(Relation relation) => Of(relation).Any(column => column.Level == 1);

    public static bool IsCorrelated(BoundExpression? expression) => expression is not null
        && Of(expression).Any(column => column.Level == 1);

    public static BoundExpression Map(BoundExpression expression, Func<OuterColumnExpression, BoundExpression> map) =>
        expression.Rewrite(node => node is OuterColumnExpression outer ? map(outer) : node);

    public static Relation Map(Relation relation, Func<OuterColumnExpression, BoundExpression> map)
    {
        Relation[] inputs = [.. relation.Inputs.Select(input => Map(input, map))];
        BoundExpression[] expressions = [.. relation.Expressions.Select(expression => Map(expression, map))];
        bool isSame = inputs.AsSpan().SequenceEqual([.. relation.Inputs]) && expressions.AsSpan().SequenceEqual([.. relation.Expressions]);
        return isSame ? relation : relation.With(inputs, expressions);
    }

    /// <summary>The relation as a part of the query around it.</summary>
    public static Relation Lower(Relation relation, int by = 1) => by == 0 ? relation : Map(relation, outer => outer.At(outer.Level - by));
}
