using ActorStreams.Core.Journal;

namespace ActorStreams.Operators.Tables.Runtime;

/// <summary>Whether rows of an aggregate can be owed.</summary>
internal static class OwedRows
{
    /// <summary>Whether a part of an aggregate cannot take away what it does not hold, and the rows can be stored until they
    /// come.</summary>
    public static bool MayBe<T>(Type aggregator)
    {
        if (!MindsOrder(aggregator))
            return false;
        try
        {
            RecordCodec.Of<T>();
            return true;
        }
        catch (CodecException)
        {
            return false;
        }
    }

    /// <summary>Whether it, or a part of it, says which rows it holds.</summary>
    private static bool MindsOrder(Type aggregator)
    {
        Type[] parts = aggregator.IsGenericType ? [.. aggregator.GetGenericArguments().Where(IsAggregator)] : [];
        return parts.Length > 0 ? Array.Exists(parts, MindsOrder)
            : aggregator.GetMethod(nameof(IAggregator<int, int, int>.Holds)) is not null;
    }

    private static bool IsAggregator(Type type) =>
        Array.Exists(type.GetInterfaces(), one => one.IsGenericType && one.GetGenericTypeDefinition() == typeof(IAggregator<,,>));
}

/// <summary>Rows that were taken away before they came, by group.</summary>
internal sealed class OwedRows<TGroup, T>(ShardRange shards)
{
    private readonly StoredMap<TGroup, List<T>> _rows = new("owed", shards);
    private readonly RowEquality<T> _equality = new();
    private readonly List<T> _present = [];
    private int _before;

    public IShardedState Stored => _rows;

    /// <summary>Whether the present group owes none.</summary>
    public bool IsEmpty => _present.Count == 0;

    /// <summary>Looks at what a group owes; kept as it was unless <see cref="End"/> is called.</summary>
    public void Begin(TGroup group, ulong hash)
    {
        _present.Clear();
        if (_rows.TryGet(group, hash, out List<T> rows))
            _present.AddRange(rows);
        _before = _present.Count;
    }

    /// <summary>A row is taken away before it came.</summary>
    public void Owe(T row) => _present.Add(row);

    /// <summary>A row comes that was taken away before: neither is there.</summary>
    /// <returns>False: it was not.</returns>
    public bool TryPay(T row)
    {
        int at = _present.FindIndex(owed => _equality.AreSame(owed, row));
        if (at >= 0)
            _present.RemoveAt(at);
        return at >= 0;
    }

    /// <summary>Keeps what the group owes now.</summary>
    public void End(TGroup group, ulong hash)
    {
        if (_present.Count == _before)
            return;
        if (_present.Count > 0)
            _rows.Touch(group, hash) = [.. _present];
        else
            _rows.Remove(group, hash);
    }
}
