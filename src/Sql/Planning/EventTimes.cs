using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Expressions.Compilation;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Planning;

/// <summary>The times of rows as the engine counts them.</summary>
internal static class EventTimes
{
    /// <summary>Microseconds of a timestamp or date of a row: a <c>RowFunction</c> of <see cref="Nullable{T}"/> of long. Null where the
    /// value is, or is infinite.</summary>
    public static Delegate Of(RowLayout row, BoundExpression time, RowContext context)
    {
        if (time.Type.Kind == SqlKind.Date)
            time = Resolve.Cast(time, SqlType.Timestamp);
        SqlType type = time.Type.Plain;
        var micros = new Function("event_time", FunctionKind.Function, [type], SqlType.BigInt,
            typeof(EventTimes).GetMethod(nameof(Micros), [type.Clr])!)
        { MayBeNull = true, CanFail = false };
        return RowCompiler.Value(row, new CallExpression(micros, [time], SqlType.BigInt), context);
    }

    public static long? Micros(Timestamp time) => time.IsFinite ? time.Micros : null;

    public static long? Micros(TimestampTz time) => time.IsFinite ? time.Micros : null;
}
