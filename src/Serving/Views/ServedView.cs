using System.Runtime.CompilerServices;
using System.Text.Json;
using ActorStreams.Serving.Access;

namespace ActorStreams.Serving.Views;

/// <inheritdoc cref="IServedView"/>
internal sealed class ServedView<TKey, TValue>(TableView<TKey, TValue> view, JsonSerializerOptions options) : IServedView
{
    /// <summary>Texts by their code units, so that the order is the same on every machine.</summary>
    private static readonly IComparer<TKey>? s_order = typeof(TKey) == typeof(string) ? (IComparer<TKey>)(object)StringComparer.Ordinal
        : typeof(IComparable<TKey>).IsAssignableFrom(typeof(TKey)) || typeof(IComparable).IsAssignableFrom(typeof(TKey))
            ? Comparer<TKey>.Default : null;

    public long Epoch => view.Epoch;

    private JsonSerializerOptions Options => options;

    public async Task WriteAsync(Utf8JsonWriter json, ViewQuery query, CancellationToken cancellation)
    {
        Func<TableRow<TKey, TValue>, bool>? takes = Filter(query);
        (long epoch, IEnumerable<TableRow<TKey, TValue>> all) = await RowsAsync(query, cancellation);
        List<TableRow<TKey, TValue>> rows = [.. takes is null ? all : all.Where(takes)];
        if (s_order is not null)
            rows.Sort(static (one, other) => s_order.Compare(one.Key, other.Key));
        else if (rows.Count > query.Limit)
        {
            throw new WrongRequestException(
                $"There are {rows.Count} rows, and keys of {typeof(TKey).Name} have no order by which they could come page by page. Ask for one key.");
        }

        json.WriteStartObject();
        json.WriteNumber("epoch", epoch);
        json.WriteStartArray("rows");
        int count = Math.Min(rows.Count, query.Limit);
        for (int row = 0; row < count; row++)
        {
            json.WriteStartObject();
            json.WritePropertyName("key");
            JsonSerializer.Serialize(json, rows[row].Key, options);
            json.WritePropertyName("row");
            WriteRow(json, rows[row], query.Columns);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (count < rows.Count)
        {
            json.WritePropertyName("next");
            JsonSerializer.Serialize(json, rows[count - 1].Key, options);
        }

        json.WriteEndObject();
    }

    public async IAsyncEnumerable<IServedEpoch> ObserveAsync(ViewQuery query, long? after,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        Func<TableRow<TKey, TValue>, bool>? takes = Filter(query);
        await foreach (EpochChanges<TKey, TValue> changes in view.Observe(after, WhenNotRetained.Fail, cancellation))
            yield return new ServedEpoch(this, query, changes, takes);
    }

    private async Task<(long Epoch, IEnumerable<TableRow<TKey, TValue>> Rows)> RowsAsync(ViewQuery query, CancellationToken cancellation)
    {
        if (query.AsOfEpoch is null && query.AsOfTime is null)
        {
            if (query.Key is { } key)
            {
                TKey one = KeyOf("key", key);
                return view.TryGet(one, out TValue? value, out long at) ? (at, [new TableRow<TKey, TValue>(one, value!)]) : (at, []);
            }

            TableSnapshot<TKey, TValue> now = await view.ScanAsync();
            return (now.Epoch, now.Rows);
        }

        TableAsOf<TKey, TValue> then = query.AsOfEpoch is { } epoch ? view.AsOf(epoch) : view.AsOf(query.AsOfTime!.Value);
        TableSnapshot<TKey, TValue> old = await then.ScanAsync(cancellation);
        return (old.Epoch, old.Rows);
    }

    private Func<TableRow<TKey, TValue>, bool>? Filter(ViewQuery query)
    {
        Func<TKey, bool>? keys = KeysOf(query);
        Func<TValue, bool>? rows = RowConditions.Of<TValue>(query.Where, options);
        return keys is null && rows is null ? null
            : row => (keys is null || keys(row.Key)) && (rows is null || rows(row.Value));
    }

    private Func<TKey, bool>? KeysOf(ViewQuery query)
    {
        if (query.Key is { } text)
        {
            TKey key = KeyOf("key", text);
            return other => EqualityComparer<TKey>.Default.Equals(key, other);
        }

        if (query.From is null && query.To is null && query.After is null)
            return null;
        IComparer<TKey> order = s_order
            ?? throw new WrongRequestException($"Keys of {typeof(TKey).Name} have no order: there is no from, to or after.");
        (bool hasFrom, TKey from) = Bound("from", query.From);
        (bool hasTo, TKey to) = Bound("to", query.To);
        (bool hasAfter, TKey after) = Bound("after", query.After);
        return key => (!hasFrom || order.Compare(key, from) >= 0) && (!hasTo || order.Compare(key, to) <= 0)
            && (!hasAfter || order.Compare(key, after) > 0);

        (bool, TKey) Bound(string name, string? bound) => bound is null ? (false, default!) : (true, KeyOf(name, bound));
    }

    private TKey KeyOf(string name, string text) => KeyText.Read<TKey>(name, text, options);

    private void WriteRow(Utf8JsonWriter json, in TableRow<TKey, TValue> row, string[]? columns)
    {
        if (columns is null)
        {
            JsonSerializer.Serialize(json, row.Value, options);
            return;
        }

        JsonElement all = JsonSerializer.SerializeToElement(row.Value, options);
        json.WriteStartObject();
        foreach (string column in columns)
        {
            if (all.ValueKind == JsonValueKind.Object && all.TryGetProperty(column, out JsonElement value))
            {
                json.WritePropertyName(column);
                value.WriteTo(json);
            }
        }

        json.WriteEndObject();
    }

    private sealed class ServedEpoch : IServedEpoch
    {
        private const int Measured = 16;

        private readonly ServedView<TKey, TValue> _view;
        private readonly ViewQuery _query;
        private readonly bool _isSnapshot;
        private readonly IReadOnlyList<Change<TableRow<TKey, TValue>>> _changes;

        public ServedEpoch(ServedView<TKey, TValue> view, ViewQuery query, EpochChanges<TKey, TValue> changes,
            Func<TableRow<TKey, TValue>, bool>? takes)
        {
            (_view, _query, _isSnapshot, Epoch) = (view, query, changes.IsSnapshot, changes.Epoch);
            _changes = takes is null ? changes.Changes : [.. changes.Changes.Where(change => takes(change.Row))];
        }

        public long Epoch { get; }

        public int Count => _changes.Count;

        public long EstimateBytes()
        {
            const int Frame = 64;
            if (Count == 0)
                return Frame;
            int step = Math.Max(1, Count / Measured), measured = 0;
            var text = new System.Buffers.ArrayBufferWriter<byte>();
            using var json = new Utf8JsonWriter(text);
            for (int number = 0; number < Count; number += step, measured++)
            {
                WriteKey(json, number);
                json.Flush();
                json.Reset();
                WriteRow(json, number);
                json.Flush();
                json.Reset();
            }

            return Frame + Count * (Frame + (long)text.WrittenCount / measured);
        }

        public EventKind KindOf(int number)
        {
            if (_isSnapshot)
                return EventKind.Snapshot;
            if (_changes[number].Weight < 0)
            {
                return number + 1 < Count && _changes[number + 1].Weight > 0 && IsSameKey(number)
                    ? EventKind.UpdateBefore : EventKind.Delete;
            }

            return number > 0 && _changes[number - 1].Weight < 0 && IsSameKey(number - 1) ? EventKind.UpdateAfter : EventKind.Insert;
        }

        public void WriteKey(Utf8JsonWriter json, int number) => JsonSerializer.Serialize(json, _changes[number].Row.Key, _view.Options);

        public void WriteRow(Utf8JsonWriter json, int number) => _view.WriteRow(json, _changes[number].Row, _query.Columns);

        /// <summary>Of an event and the next one.</summary>
        private bool IsSameKey(int number) =>
            EqualityComparer<TKey>.Default.Equals(_changes[number].Row.Key, _changes[number + 1].Row.Key);
    }
}
