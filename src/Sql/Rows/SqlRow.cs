using System.Globalization;
using ActorStreams.Sql.Rows;
using ActorStreams.Sql.Values;

namespace ActorStreams;

/// <summary>A row of a result whose type is not known when a program is written. Two rows are equal if their values are.</summary>
/// <remarks>
/// Values are those of .NET that say most plainly what SQL holds: smallint, integer and bigint as short, int and long, numeric as decimal,
/// real and double precision as float and double, text as string, date as <see cref="DateOnly"/>, time as <see cref="TimeOnly"/>, timestamp
/// as <see cref="DateTime"/>, timestamptz as <see cref="DateTimeOffset"/>, interval as <see cref="TimeSpan"/>, bytea as bytes, JSON as its
/// text, arrays as arrays. What such a type cannot hold (a numeric of more than 28 digits, an interval with months) is read by
/// <see cref="Text(string)"/>. Rows of a type of one's own are faster, and can be stored by operators; an <see cref="SqlRow"/> cannot.
/// </remarks>
public sealed class SqlRow : IEquatable<SqlRow>
{
    private readonly object?[] _values;

    internal SqlRow(IReadOnlyList<SqlColumn> columns, object?[] values) => (Columns, _values) = (columns, values);

    /// <summary>The columns, in order.</summary>
    public IReadOnlyList<SqlColumn> Columns { get; }

    /// <summary>How many columns it has.</summary>
    public int Count => _values.Length;

    /// <summary>The value of a column by its place, from 0; null: NULL.</summary>
    /// <exception cref="OverflowException">The type of .NET cannot hold the value; read it as text.</exception>
    public object? this[int column] => _values[column] is { } value ? ClrBoxes.Of(value) : null;

    /// <summary>The value of a column by its name; null: NULL.</summary>
    /// <exception cref="ArgumentException">There is no such column.</exception>
    /// <exception cref="OverflowException">The type of .NET cannot hold the value; read it as text.</exception>
    public object? this[string column] => this[Place(column)];

    /// <summary>The value of a column as PostgreSQL prints it, exact whatever its type; null: NULL.</summary>
    /// <param name="column">The column's place, from 0.</param>
    public string? Text(int column) => _values[column] is { } value ? ValueText.Of(value) : null;

    /// <summary>The value of a column as PostgreSQL prints it, exact whatever its type; null: NULL.</summary>
    /// <param name="column">The column's name.</param>
    /// <exception cref="ArgumentException">There is no such column.</exception>
    public string? Text(string column) => Text(Place(column));

    /// <summary>The value of a column as a type: the one that stands for its type, one that holds more, or a nullable of it.</summary>
    /// <param name="column">The column's name.</param>
    /// <typeparam name="T">The type.</typeparam>
    /// <exception cref="ArgumentException">There is no such column.</exception>
    /// <exception cref="InvalidCastException">The value is NULL, or of another type; the message names both.</exception>
    public T Get<T>(string column)
    {
        object? value = this[column];
        if (value is T typed)
            return typed;
        if (value is null && default(T) is null)
            return default!;
        Type wanted = Nullable.GetUnderlyingType(typeof(T)) ?? typeof(T);
        SqlColumn known = Columns[Place(column)];
        if (value is null)
            throw new InvalidCastException($"The column '{known}' is NULL, and {typeof(T).Name} cannot be. Get a nullable {wanted.Name}.");
        bool widens = value is short or int or long or float && wanted.IsPrimitive | wanted == typeof(decimal) && wanted != typeof(bool);
        return widens ? (T)Convert.ChangeType(value, wanted, CultureInfo.InvariantCulture)
            : throw new InvalidCastException($"The column '{known}' is a {value.GetType().Name}, not a {wanted.Name}.");
    }

    /// <inheritdoc/>
    public bool Equals(SqlRow? other) => other is not null && _values.AsSpan().SequenceEqual(other._values);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SqlRow);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (object? value in _values)
            hash.Add(value);
        return hash.ToHashCode();
    }

    /// <summary>The values as PostgreSQL prints them, with <c> | </c> between.</summary>
    public override string ToString() => string.Join(" | ", _values.Select(static value => value is null ? "NULL" : ValueText.Of(value)));

    /// <summary>The values as the engine computes with them.</summary>
    internal object?[] Values => _values;

    private int Place(string column)
    {
        for (int at = 0; at < Columns.Count; at++)
        {
            if (Columns[at].Name == column)
                return at;
        }

        throw new ArgumentException(
            $"There is no column '{column}'. The columns are {string.Join(", ", Columns.Select(static one => one.Name))}.",
            nameof(column));
    }
}
