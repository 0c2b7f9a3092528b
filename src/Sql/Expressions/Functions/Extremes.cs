using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Functions;

/// <summary>The least and the greatest value of rows that are never taken back: one value is kept.</summary>
internal static class Extremes
{
    /// <summary>One of the functions here as a function of SQL, for a type.</summary>
    public static Function Function(string name, SqlType type) => new(
        name, FunctionKind.Function, [type, type], type, typeof(Extremes).GetMethod(name)!.MakeGenericMethod(type.Clr))
    { IsStrict = false, MayBeNull = true, CanFail = false };

    public static Maybe<T> Lesser<T>(Maybe<T> known, Maybe<T> item) =>
        !item.HasValue || (known.HasValue && SqlOrder.Compare(known.Value!, item.Value!) < 0) ? known : item;

    public static Maybe<T> Greater<T>(Maybe<T> known, Maybe<T> item) =>
        !item.HasValue || (known.HasValue && SqlOrder.Compare(known.Value!, item.Value!) >= 0) ? known : item;
}
