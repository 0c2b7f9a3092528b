using System.Reflection;
using ActorStreams.Operators.Stateless;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Compilation;

/// <summary>A value of a row that may be null, for functions that take values of any type.</summary>
internal static class MaybeReads
{
    /// <param name="row">The row.</param>
    /// <param name="column">Its column.</param>
    /// <param name="context">What now() reads.</param>
    /// <returns>A <see cref="RowFunction{TIn, TOut}"/> of <see cref="Maybe{T}"/>.</returns>
    public static Delegate Of(RowLayout row, ColumnExpression column, RowContext context)
    {
        Delegate value = RowCompiler.Value(row, column, context, isNullable: true);
        MethodInfo wrap = typeof(MaybeReads).GetMethod(column.Type.Clr.IsValueType ? nameof(OfValue) : nameof(OfObject),
            BindingFlags.Static | BindingFlags.NonPublic)!.MakeGenericMethod(row.Row, column.Type.Clr);
        return (Delegate)wrap.Invoke(null, [value])!;
    }

    private static RowFunction<T, Maybe<TValue>> OfValue<T, TValue>(RowFunction<T, TValue?> value)
        where TValue : struct => (in T row) => value(row) is { } one ? Maybe<TValue>.Of(one) : default;

    private static RowFunction<T, Maybe<TValue>> OfObject<T, TValue>(RowFunction<T, TValue?> value)
        where TValue : class => (in T row) => value(row) is { } one ? Maybe<TValue>.Of(one) : default;
}
