using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Expressions.Compilation;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Planning;

/// <summary>The times of rows as the engine counts them.</summary>
internal static class EventTimes
{
    /// <summary>Microseconds of a timestamp or date of a row: a <c>RowFunction</c> of <see cref="Nullable{T}"/> of long. Null where the
    /// value is, or is infinite.</summary>
    public static Delegate Of(RowLayout row, BoundExpression time, RowContext context) => RowCompiler.Value(row, Micros(time), context);

    /// <summary>Microseconds of a timestamp or date; null where the value is, or is infinite.</summary>
    public static BoundExpression Micros(BoundExpression time)
    {
        if (time.Type.Kind == SqlKind.Date)
            time = Resolve.Cast(time, SqlType.Timestamp);
        SqlType type = time.Type.Plain;
        var micros = new Function("event_time", FunctionKind.Function, [type], SqlType.BigInt,
            typeof(EventTimes).GetMethod(nameof(Micros), [type.Clr])!)
        { MayBeNull = true, CanFail = false };
        return new CallExpression(micros, [time], SqlType.BigInt);
    }

    /// <summary>A timestamp of microseconds.</summary>
    public static BoundExpression At(BoundExpression micros, SqlType type)
    {
        string method = type.Kind == SqlKind.TimestampTz ? nameof(InstantAt) : nameof(TimestampAt);
        return new CallExpression(new Function("at_micros", FunctionKind.Function, [SqlType.BigInt], type.Plain,
            typeof(EventTimes).GetMethod(method)!)
        { CanFail = false }, [micros], type.Plain);
    }

    /// <summary>The event time of what a window gives, as SQL shows it: a millisecond before its end.</summary>
    public static BoundExpression BeforeEnd(BoundExpression end) => new CallExpression(
        new Function("before_end", FunctionKind.Function, [SqlType.BigInt], SqlType.BigInt, typeof(EventTimes).GetMethod(nameof(Before))!)
        { CanFail = false }, [end], SqlType.BigInt);

    public static Timestamp TimestampAt(long micros) => new(micros);

    public static TimestampTz InstantAt(long micros) => new(micros);

    public static long Before(long end) => end - 1000;

    public static long? Micros(Timestamp time) => time.IsFinite ? time.Micros : null;

    public static long? Micros(TimestampTz time) => time.IsFinite ? time.Micros : null;
}
