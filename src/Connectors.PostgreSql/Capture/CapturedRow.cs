using System.Text;
using ActorStreams.Connectors.PostgreSql.Capture.Runtime;

namespace ActorStreams;

/// <summary>A row as the server sent it. Only valid within the function that it is given to; reused for the next one.</summary>
public sealed class CapturedRow
{
    private const int Null = -1, Unchanged = -2;

    private byte[] _bytes = [];
    private int[] _starts = [];
    private int[] _lengths = [];

    internal CapturedRow()
    {
    }

    /// <summary>The names of the table's columns, in the order in which the server sends them.</summary>
    public IReadOnlyList<string> Columns => Layout.Names;

    internal RowLayout Layout { get; private set; } = RowLayout.None;

    /// <summary>Whether the table has such a column.</summary>
    public bool Has(string column) => Layout.TryFind(column, out _);

    /// <summary>Whether the value is NULL.</summary>
    /// <exception cref="FormatException">The table has no such column.</exception>
    public bool IsNull(string column) => _lengths[Layout.Find(column)] == Null;

    /// <summary>Whether an update left a large value as it was, so that the server did not send it; reading it fails. Never with <c>REPLICA
    /// IDENTITY FULL</c>.</summary>
    /// <exception cref="FormatException">The table has no such column.</exception>
    public bool IsUnsent(string column) => _lengths[Layout.Find(column)] == Unchanged;

    /// <summary>The value of a column.</summary>
    /// <param name="column">Its name, as the server has it.</param>
    /// <returns>Default for NULL, if the type allows it.</returns>
    /// <typeparam name="TValue">A number, bool, string (for every column type: as PostgreSQL prints it), Guid, date or time type, byte[] or
    /// enum, or a nullable of it.</typeparam>
    /// <exception cref="FormatException">There is no such column, or its value is not of the type.</exception>
    public TValue Get<TValue>(string column) => Value<TValue>(Layout.Find(column), default(TValue) is null);

    /// <summary>The columns with their values as text.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        for (int column = 0; column < Layout.Names.Count; column++)
        {
            text.Append(column == 0 ? "" : ", ").Append(Layout.Names[column]).Append('=').Append(_lengths[column] switch
            {
                Null => "NULL",
                Unchanged => "(not sent)",
                _ => Encoding.UTF8.GetString(_bytes.AsSpan(_starts[column], _lengths[column])),
            });
        }

        return text.ToString();
    }

    /// <summary>Reads a value.</summary>
    internal TValue Value<TValue>(int column, bool allowsNull)
    {
        int length = _lengths[column];
        if (length < 0)
        {
            if (length == Null && allowsNull)
                return default!;
            throw Unreadable(column);
        }

        return ColumnText.Parse<TValue>(_bytes.AsSpan(_starts[column], length), Layout.Names[column]);
    }

    internal ReadOnlySpan<byte> Text(int column) => _lengths[column] >= 0 ? _bytes.AsSpan(_starts[column], _lengths[column])
        : throw Unreadable(column);

    /// <summary>Turns to other bytes, with values still to be set.</summary>
    internal void Begin(RowLayout layout, byte[] bytes)
    {
        (Layout, _bytes) = (layout, bytes);
        if (_starts.Length < layout.Names.Count)
            (_starts, _lengths) = (new int[layout.Names.Count], new int[layout.Names.Count]);
    }

    internal void Set(int column, int start, int length) => (_starts[column], _lengths[column]) = (start, length);

    internal void SetNull(int column) => _lengths[column] = Null;

    internal void SetUnchanged(int column) => _lengths[column] = Unchanged;

    /// <summary>Takes what an update left unchanged from the row before it, which lies in the same bytes.</summary>
    internal void FillFrom(CapturedRow before)
    {
        for (int column = 0; column < Layout.Names.Count; column++)
        {
            if (_lengths[column] == Unchanged)
                (_starts[column], _lengths[column]) = (before._starts[column], before._lengths[column]);
        }
    }

    private FormatException Unreadable(int column) => new(_lengths[column] == Null
        ? $"Column '{Layout.Names[column]}' is NULL, and its member does not allow that. Make it nullable."
        : $"Column '{Layout.Names[column]}' holds a large value (TOAST) that the update left unchanged, so the server did not send it. " +
            "Run ALTER TABLE … REPLICA IDENTITY FULL, so that it sends the old row; or do not read the column.");
}
