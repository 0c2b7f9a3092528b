namespace ActorStreams.Operators.Tables.Runtime;

/// <summary>The bytes of a part of a materialised table: whether they are all of its rows, the epoch that it shows, and the value that
/// each epoch gave each key that it changed. Keys and values by their codecs.</summary>
internal static class ViewPart<TKey, TValue>
{
    /// <summary>Writes all rows.</summary>
    public static void WriteAll(long epoch, IReadOnlyList<TableRow<TKey, TValue>> rows, BlobWriter writer)
    {
        Begin(isAll: true, epoch, 1, writer);
        writer.WriteInt64(epoch);
        writer.WriteVarint((uint)rows.Count);
        foreach (TableRow<TKey, TValue> row in rows)
            Write(row.Key, hasValue: true, row.Value, writer);
    }

    /// <summary>Writes what epochs changed.</summary>
    public static void WriteChanges(long epoch, IReadOnlyList<EpochChanges<TKey, TValue>> epochs, BlobWriter writer)
    {
        Begin(isAll: false, epoch, epochs.Count, writer);
        foreach (EpochChanges<TKey, TValue> changes in epochs)
        {
            // Of an update the old row comes first, and the new one right behind it.
            List<(TKey Key, bool HasValue, TValue? Value)> values = new(changes.Changes.Count);
            foreach (Change<TableRow<TKey, TValue>> change in changes.Changes)
            {
                bool isInsert = change.Weight > 0;
                if (isInsert && values.Count > 0 && !values[^1].HasValue
                    && EqualityComparer<TKey>.Default.Equals(values[^1].Key, change.Row.Key))
                    values.RemoveAt(values.Count - 1);
                values.Add((change.Row.Key, isInsert, isInsert ? change.Row.Value : default));
            }

            writer.WriteInt64(changes.Epoch);
            writer.WriteVarint((uint)values.Count);
            foreach ((TKey key, bool hasValue, TValue? value) in values)
                Write(key, hasValue, value, writer);
        }
    }

    /// <summary>Reads a part.</summary>
    /// <returns>False: there is none.</returns>
    /// <exception cref="CodecException">The bytes are no part.</exception>
    public static bool Read(ReadOnlySpan<byte> bytes, out bool isAll, out long epoch, out List<(long, ViewDelta<TKey, TValue>)> changes)
    {
        (isAll, epoch, changes) = (false, 0, []);
        if (bytes.IsEmpty)
            return false;
        var reader = new BlobReader(bytes);
        isAll = reader.ReadByte() == 1;
        epoch = reader.ReadInt64();
        for (uint left = reader.ReadVarint(); left > 0; left--)
        {
            long of = reader.ReadInt64();
            var delta = new ViewDelta<TKey, TValue>(0);
            for (uint keys = reader.ReadVarint(); keys > 0; keys--)
            {
                TKey key = RecordCodec.Of<TKey>().Read(ref reader);
                bool hasValue = reader.ReadByte() == 1;
                delta.Keys.Add((key, KeyHash<TKey>.Stable(key), hasValue, hasValue ? RecordCodec.Of<TValue>().Read(ref reader) : default));
            }

            changes.Add((of, delta));
        }

        return true;
    }

    private static void Begin(bool isAll, long epoch, int epochs, BlobWriter writer)
    {
        writer.WriteByte(isAll ? (byte)1 : (byte)0);
        writer.WriteInt64(epoch);
        writer.WriteVarint((uint)epochs);
    }

    private static void Write(TKey key, bool hasValue, TValue? value, BlobWriter writer)
    {
        RecordCodec.Of<TKey>().Write(writer, key);
        writer.WriteByte(hasValue ? (byte)1 : (byte)0);
        if (hasValue)
            RecordCodec.Of<TValue>().Write(writer, value!);
    }
}
