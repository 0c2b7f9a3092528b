using System.Reflection;

namespace ActorStreams.Connectors.Tables;

/// <summary>How a column gets its values from rows, and the store gets them from it.</summary>
internal abstract class ColumnBinding<T>
{
    public abstract ColumnValues<T> NewValues();
}

/// <inheritdoc/>
internal sealed class ColumnBinding<T, TValue>(Func<T, TValue> value, Action<StoreRow, int, TValue> set) : ColumnBinding<T>
{
    public override ColumnValues<T> NewValues() => new ColumnValues<T, TValue>(value, set);
}

/// <summary>How a value of a type is set: chosen once per column, so that no value is boxed.</summary>
internal static class ColumnBinding
{
    public static ColumnType? TypeOf(Type type) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        { IsEnum: true } => ColumnType.Text,
        var one when one == typeof(Guid) || one == typeof(string) => ColumnType.Text,
        var one when one == typeof(bool) => ColumnType.Boolean,
        var one when one == typeof(byte[]) => ColumnType.Bytes,
        var one when one == typeof(DateTimeOffset) => ColumnType.Timestamp,
        var one when one == typeof(double) || one == typeof(float) => ColumnType.Double,
        var one when one == typeof(long) || one == typeof(int) || one == typeof(short) || one == typeof(sbyte)
            || one == typeof(byte) || one == typeof(ushort) || one == typeof(uint) => ColumnType.Int64,
        _ => null,
    };

    /// <summary>Binds a column of one of the types that <see cref="TypeOf"/> knows.</summary>
    public static ColumnBinding<T> Of<T, TValue>(Func<T, TValue> value, bool isKey)
    {
        var set = (Action<StoreRow, int, TValue>)Setter(typeof(TValue));
        if (typeof(TValue) == typeof(string))
            value = (Func<T, TValue>)(object)Storable((Func<T, string?>)(object)value);
        return new ColumnBinding<T, TValue>(isKey && !typeof(TValue).IsValueType ? NeverNull(value) : value, set);
    }

    private static Func<T, TValue> NeverNull<T, TValue>(Func<T, TValue> value) =>
        row => value(row) ?? throw new SinkException("the value is null; a key never is. Filter such rows out, or give them a value.");

    private static Func<T, string?> Storable<T>(Func<T, string?> value) => row =>
    {
        string? text = value(row);
        if (text is not null && UnicodeText.FaultOfColumn(text) is { } fault)
            throw new SinkException(fault);
        return text;
    };

    private static Delegate Setter(Type type) => type switch
    {
        { IsEnum: true } => Make(nameof(Enumeration), type),
        _ when Nullable.GetUnderlyingType(type) is { } value => Make(nameof(OrNull), value, Setter(value)),
        _ when type == typeof(long) => (StoreRow row, int column, long value) => row.Set(column, value),
        _ when type == typeof(int) => (StoreRow row, int column, int value) => row.Set(column, (long)value),
        _ when type == typeof(short) => (StoreRow row, int column, short value) => row.Set(column, (long)value),
        _ when type == typeof(sbyte) => (StoreRow row, int column, sbyte value) => row.Set(column, (long)value),
        _ when type == typeof(byte) => (StoreRow row, int column, byte value) => row.Set(column, (long)value),
        _ when type == typeof(ushort) => (StoreRow row, int column, ushort value) => row.Set(column, (long)value),
        _ when type == typeof(uint) => (StoreRow row, int column, uint value) => row.Set(column, (long)value),
        _ when type == typeof(double) => (StoreRow row, int column, double value) => row.Set(column, value),
        _ when type == typeof(float) => (StoreRow row, int column, float value) => row.Set(column, (double)value),
        _ when type == typeof(bool) => (StoreRow row, int column, bool value) => row.Set(column, value),
        _ when type == typeof(DateTimeOffset) =>
            (StoreRow row, int column, DateTimeOffset value) => row.SetTimestamp(column, value.ToMicros()),
        _ when type == typeof(Guid) => (StoreRow row, int column, Guid value) => row.Set(column, value.ToString()),
        _ when type == typeof(string) => SetText,
        _ => SetBytes,
    };

    private static void SetText(StoreRow row, int column, string? value)
    {
        if (value is null)
            row.SetNull(column);
        else
            row.Set(column, value);
    }

    private static void SetBytes(StoreRow row, int column, byte[]? value)
    {
        if (value is null)
            row.SetNull(column);
        else
            row.Set(column, value);
    }

    private static Delegate Make(string method, Type type, params object[] arguments) =>
        (Delegate)typeof(ColumnBinding).GetMethod(method, BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type)
            .Invoke(null, arguments)!;

    private static Action<StoreRow, int, TEnum> Enumeration<TEnum>()
        where TEnum : struct, Enum
    {
        var names = Enum.GetValues<TEnum>().Distinct().ToDictionary(value => value, value => value.ToString());
        return (row, column, value) => row.Set(column, names.TryGetValue(value, out string? name) ? name : value.ToString());
    }

    private static Action<StoreRow, int, TValue?> OrNull<TValue>(Action<StoreRow, int, TValue> set)
        where TValue : struct =>
        (row, column, value) =>
        {
            if (value is { } some)
                set(row, column, some);
            else
                row.SetNull(column);
        };
}
