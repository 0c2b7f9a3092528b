using System.Text;

namespace ActorStreams.Sql.Values;

/// <summary>An array of one dimension, counted from 1. It is never changed.</summary>
/// <param name="items">The elements; anything where an element is null.</param>
/// <param name="nulls">Which elements are null; null: none is.</param>
/// <typeparam name="T">The element.</typeparam>
internal sealed class SqlArray<T>(T[] items, bool[]? nulls = null)
    : IEquatable<SqlArray<T>>, IComparable<SqlArray<T>>, ICanonicalKey<string>, ISqlArray
{
    public static readonly SqlArray<T> Empty = new([]);

    /// <summary>The elements.</summary>
    public T[] Items { get; } = items;

    /// <summary>Which of them are null; null: none is.</summary>
    public bool[]? Nulls { get; } = nulls;

    [NotStored]
    public int Count => Items.Length;

    /// <inheritdoc/>
    [NotStored]
    public string CanonicalKey
    {
        get
        {
            var text = new StringBuilder();
            for (int at = 0; at < Items.Length; at++)
            {
                string item = IsNull(at) ? "" : KeyText(Items[at]);
                text.Append(IsNull(at) ? 'n' : 'v').Append(item.Length).Append(':').Append(item);
            }

            return text.ToString();
        }
    }

    public bool IsNull(int at) => Nulls is not null && Nulls[at];

    object? ISqlArray.this[int at] => IsNull(at) ? null : Items[at];

    public bool Equals(SqlArray<T>? other)
    {
        if (other is null || other.Count != Count)
            return false;
        for (int at = 0; at < Count; at++)
        {
            if (IsNull(at) != other.IsNull(at) || (!IsNull(at) && !EqualityComparer<T>.Default.Equals(Items[at], other.Items[at])))
                return false;
        }

        return true;
    }

    public override bool Equals(object? obj) => Equals(obj as SqlArray<T>);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        for (int at = 0; at < Count; at++)
            hash.Add(IsNull(at) ? 0 : Items[at]!.GetHashCode());
        return hash.ToHashCode();
    }

    /// <summary>Element by element; null is the greatest.</summary>
    public int CompareTo(SqlArray<T>? other)
    {
        if (other is null)
            return 1;
        for (int at = 0; at < Math.Min(Count, other.Count); at++)
        {
            int order = IsNull(at) || other.IsNull(at) ? IsNull(at).CompareTo(other.IsNull(at))
                : SqlOrder.Compare(Items[at], other.Items[at]);
            if (order != 0)
                return order;
        }

        return Count.CompareTo(other.Count);
    }

    public override string ToString() => ArrayText.Of(this);

    private static string KeyText(T item) => item switch
    {
        Numeric number => number.WithoutZeros().ToString(),
        double number => (number == 0 ? 0.0 : number).ToString("R", System.Globalization.CultureInfo.InvariantCulture),
        float number => (number == 0 ? 0f : number).ToString("R", System.Globalization.CultureInfo.InvariantCulture),
        SqlInterval span => span.CanonicalKey.ToString(),
        _ => ValueText.Of(item!),
    };
}

/// <summary>An array whose element is not known to the compiler.</summary>
internal interface ISqlArray
{
    int Count { get; }

    object? this[int at] { get; }
}
