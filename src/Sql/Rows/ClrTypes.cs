using System.Reflection;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Rows;

/// <summary>Which type of .NET stands for which type of SQL.</summary>
internal static class ClrTypes
{
    private static readonly Dictionary<Type, (SqlType Type, string Method)> s_in = new()
    {
        [typeof(byte)] = (SqlType.SmallInt, nameof(ClrValues.OfByte)),
        [typeof(sbyte)] = (SqlType.SmallInt, nameof(ClrValues.OfSByte)),
        [typeof(ushort)] = (SqlType.Integer, nameof(ClrValues.OfUShort)),
        [typeof(uint)] = (SqlType.BigInt, nameof(ClrValues.OfUInt)),
        [typeof(ulong)] = (SqlType.Numeric, nameof(ClrValues.OfULong)),
        [typeof(decimal)] = (SqlType.Numeric, nameof(ClrValues.OfDecimal)),
        [typeof(DateTimeOffset)] = (SqlType.TimestampTz, nameof(ClrValues.OfInstant)),
        [typeof(DateTime)] = (SqlType.Timestamp, nameof(ClrValues.OfDateTime)),
        [typeof(DateOnly)] = (SqlType.Date, nameof(ClrValues.OfDate)),
        [typeof(TimeOnly)] = (SqlType.Time, nameof(ClrValues.OfTime)),
        [typeof(TimeSpan)] = (SqlType.Interval, nameof(ClrValues.OfSpan)),
        [typeof(Guid)] = (SqlType.Text, nameof(ClrValues.OfGuid)),
        [typeof(char)] = (SqlType.Text, nameof(ClrValues.OfChar)),
        [typeof(byte[])] = (SqlType.Bytea, nameof(ClrValues.OfBytes)),
    };

    private static readonly Dictionary<(SqlKind, Type), string> s_out = new()
    {
        [(SqlKind.SmallInt, typeof(int))] = nameof(ClrValues.FromShortToInt),
        [(SqlKind.SmallInt, typeof(long))] = nameof(ClrValues.FromShortToLong),
        [(SqlKind.Integer, typeof(long))] = nameof(ClrValues.FromIntToLong),
        [(SqlKind.Integer, typeof(double))] = nameof(ClrValues.FromIntToDouble),
        [(SqlKind.Integer, typeof(decimal))] = nameof(ClrValues.FromIntToDecimal),
        [(SqlKind.BigInt, typeof(decimal))] = nameof(ClrValues.FromLongToDecimal),
        [(SqlKind.Real, typeof(double))] = nameof(ClrValues.FromRealToDouble),
        [(SqlKind.Numeric, typeof(decimal))] = nameof(ClrValues.ToDecimal),
        [(SqlKind.TimestampTz, typeof(DateTimeOffset))] = nameof(ClrValues.ToInstant),
        [(SqlKind.Timestamp, typeof(DateTime))] = nameof(ClrValues.ToDateTime),
        [(SqlKind.Date, typeof(DateOnly))] = nameof(ClrValues.ToDate),
        [(SqlKind.Time, typeof(TimeOnly))] = nameof(ClrValues.ToTime),
        [(SqlKind.Interval, typeof(TimeSpan))] = nameof(ClrValues.ToSpan),
        [(SqlKind.Bytea, typeof(byte[]))] = nameof(ClrValues.ToBytes),
        [(SqlKind.Json, typeof(string))] = nameof(ClrValues.FromJson),
        [(SqlKind.Jsonb, typeof(string))] = nameof(ClrValues.FromJsonb),
        [(SqlKind.Text, typeof(Guid))] = nameof(ClrValues.ToGuid),
    };

    /// <summary>The type of SQL that values of a type become, and what makes them; null: none.</summary>
    /// <param name="type">No <see cref="Nullable{T}"/>.</param>
    public static (SqlType Type, MethodInfo? Convert)? In(Type type)
    {
        if (SqlType.Of(type) is { } own)
            return (own, null);
        if (s_in.TryGetValue(type, out (SqlType Type, string Method) known))
            return (known.Type, Method(known.Method));
        if (type.IsEnum)
            return (SqlType.Text, Method(nameof(ClrValues.OfEnum)).MakeGenericMethod(type));
        return type.IsSZArray && type.GetElementType() is { } element && SqlType.Of(element) is { } of
            ? (SqlType.ArrayOf(of), Method(nameof(ClrValues.OfArray)).MakeGenericMethod(element)) : null;
    }

    /// <summary>Whether values of a type of SQL can be given as a type, and what makes them: null: nothing needs to.</summary>
    /// <param name="type">The type of SQL.</param>
    /// <param name="to">No <see cref="Nullable{T}"/>.</param>
    /// <param name="convert">The method.</param>
    public static bool Out(SqlType type, Type to, out MethodInfo? convert)
    {
        convert = null;
        if (type.Clr == to)
            return true;
        SqlKind kind = type.Kind is SqlKind.Varchar or SqlKind.Unknown ? SqlKind.Text : type.Kind;
        if (s_out.TryGetValue((kind, to), out string? name))
            convert = Method(name);
        else if (kind == SqlKind.Text && to.IsEnum)
            convert = Method(nameof(ClrValues.ToEnum)).MakeGenericMethod(to);
        else if (kind == SqlKind.Array && to.IsSZArray && to.GetElementType() == type.Element!.Clr)
            convert = Method(nameof(ClrValues.ToArray)).MakeGenericMethod(type.Element.Clr);
        return convert is not null;
    }

    /// <summary>The type of .NET that says most plainly what a type of SQL holds.</summary>
    public static Type Usual(SqlType type) => type.Kind switch
    {
        SqlKind.Numeric => typeof(decimal),
        SqlKind.TimestampTz => typeof(DateTimeOffset),
        SqlKind.Timestamp => typeof(DateTime),
        SqlKind.Date => typeof(DateOnly),
        SqlKind.Time => typeof(TimeOnly),
        SqlKind.Interval => typeof(TimeSpan),
        SqlKind.Bytea => typeof(byte[]),
        SqlKind.Json or SqlKind.Jsonb or SqlKind.Record => typeof(string),
        SqlKind.Array => Usual(type.Element!).MakeArrayType(),
        _ => type.Clr,
    };

    private static MethodInfo Method(string name) => typeof(ClrValues).GetMethod(name)!;
}
