using Npgsql;

namespace ActorStreams.Connectors.PostgreSql.Upserts.Runtime;

/// <summary>How a column gets its values from rows, and COPY gets them from it.</summary>
internal abstract class ColumnBinding<T>
{
    /// <summary>The type of the column where the table is created.</summary>
    public abstract string ColumnType { get; }

    /// <param name="columnType">The type of the column that is there.</param>
    public abstract ColumnBuffer<T> NewBuffer(string columnType);
}

/// <summary>The values of one column for some rows: computed when the rows come, so that what is wrong with one is known while it can be
/// named.</summary>
internal abstract class ColumnBuffer<T>
{
    public abstract bool IsKey { get; }

    public abstract void SetNull(int index);

    /// <summary>Computes the value of a row.</summary>
    public abstract void Set(int index, T row);

    public abstract Task CopyAsync(NpgsqlBinaryImporter to, int index, string columnType, CancellationToken cancellation);
}

/// <summary>Chooses the form in which a type's values are written.</summary>
internal static class ColumnBinding
{
    private static readonly Dictionary<Type, string> s_types = new()
    {
        [typeof(bool)] = "boolean",
        [typeof(short)] = "smallint",
        [typeof(int)] = "integer",
        [typeof(long)] = "bigint",
        [typeof(float)] = "real",
        [typeof(double)] = "double precision",
        [typeof(decimal)] = "numeric",
        [typeof(string)] = "text",
        [typeof(byte[])] = "bytea",
        [typeof(Guid)] = "uuid",
        [typeof(DateTime)] = "timestamp with time zone",
        [typeof(DateOnly)] = "date",
        [typeof(TimeOnly)] = "time without time zone",
        [typeof(TimeSpan)] = "interval",
    };

    /// <returns>Null if the type has no column type.</returns>
    public static ColumnBinding<T>? Of<T, TValue>(string name, Func<T, TValue> value, bool isKey)
    {
        Type type = Nullable.GetUnderlyingType(typeof(TValue)) ?? typeof(TValue);
        if (type.IsEnum)
            return Bind<string>(static value => value?.ToString());
        if (type == typeof(byte) || type == typeof(sbyte))
            return Bind<short>(static value => value is null ? null : Convert.ToInt16(value, null));
        if (type == typeof(ushort))
            return Bind<int>(static value => value is null ? null : Convert.ToInt32(value, null));
        if (type == typeof(uint))
            return Bind<long>(static value => value is null ? null : Convert.ToInt64(value, null));
        if (type == typeof(ulong))
            return Bind<decimal>(static value => value is null ? null : Convert.ToDecimal(value, null));
        if (type == typeof(DateTimeOffset))
            return Bind<DateTime>(static value => value is DateTimeOffset time ? time.UtcDateTime : null);
        if (!s_types.TryGetValue(type, out string? direct))
            return null;
        return new ColumnBinding<T, TValue>(name, direct, Checked<T, TValue>(value), isKey);

        ColumnBinding<T> Bind<TStored>(Func<object?, object?> convert) =>
            new ColumnBinding<T, object?>(name, s_types[typeof(TStored)], row => convert(value(row)), isKey);
    }

    private static Func<T, TValue> Checked<T, TValue>(Func<T, TValue> value) => typeof(TValue) != typeof(string) ? value : row =>
    {
        TValue text = value(row);
        if (text is string some && UnicodeText.FaultOfColumn(some) is { } fault)
            throw new InvalidOperationException(fault);
        return text;
    };
}

/// <inheritdoc/>
internal sealed class ColumnBinding<T, TValue>(string name, string type, Func<T, TValue> value, bool isKey) : ColumnBinding<T>
{
    public override string ColumnType => type;

    public override ColumnBuffer<T> NewBuffer(string columnType) => new Buffer(name, value, isKey, columnType);

    private sealed class Buffer(string name, Func<T, TValue> value, bool isKey, string columnType) : ColumnBuffer<T>
    {
        private readonly Func<TValue, bool>? _fits = ColumnFit.Of<TValue>(columnType);
        private const int FirstSize = 256;

        private TValue?[] _values = new TValue?[FirstSize];
        private bool[] _isNull = new bool[FirstSize];

        public override bool IsKey => isKey;

        public override void SetNull(int index)
        {
            Reserve(index);
            _isNull[index] = true;
        }

        public override void Set(int index, T row)
        {
            Reserve(index);
            TValue found;
            try
            {
                found = value(row);
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"column '{name}': {error.Message}", error);
            }

            if (found is null && isKey)
                throw new InvalidOperationException(
                    $"column '{name}': the value is null; a key never is. Filter such rows out, or give them a value.");
            if (_fits is not null && found is not null && !_fits(found))
                throw new InvalidOperationException($"column '{name}': " +
                    $"{Convert.ToString(found, System.Globalization.CultureInfo.InvariantCulture)} does not fit {columnType} without " +
                    $"losing digits. Round it in the column's function, or alter the column.");
            (_values[index], _isNull[index]) = (found, found is null);
        }

        public override Task CopyAsync(NpgsqlBinaryImporter to, int index, string columnType, CancellationToken cancellation) =>
            _isNull[index] ? to.WriteNullAsync(cancellation) : to.WriteAsync(_values[index]!, columnType, cancellation);

        private void Reserve(int index)
        {
            if (index < _values.Length)
                return;
            Array.Resize(ref _values, _values.Length * 2);
            Array.Resize(ref _isNull, _isNull.Length * 2);
        }
    }
}
