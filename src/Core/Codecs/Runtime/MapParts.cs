namespace ActorStreams.Core.Codecs.Runtime;

/// <summary>Writes a dictionary. It must compare its keys in the ordinary way: another comparer would be lost.</summary>
internal sealed class MapWriter<TMap, TKey, TValue>(ValueWriter<TKey> keys, ValueWriter<TValue> values) : ValueWriter<TMap?>
    where TMap : class, IReadOnlyDictionary<TKey, TValue>
    where TKey : notnull
{
    public override void Write(BlobWriter writer, in TMap? value)
    {
        if (value is null)
        {
            writer.WriteByte(0);
            return;
        }

        writer.WriteVarint((uint)value.Count + 1);
        if (value is Dictionary<TKey, TValue> dictionary)
        {
            Comparers.RequireDefault(dictionary.Comparer);
            foreach (KeyValuePair<TKey, TValue> entry in dictionary)        // without boxing its enumerator
                WriteEntry(writer, entry);
        }
        else
        {
            foreach (KeyValuePair<TKey, TValue> entry in value)
                WriteEntry(writer, entry);
        }
    }

    private void WriteEntry(BlobWriter writer, in KeyValuePair<TKey, TValue> entry)
    {
        keys.Write(writer, entry.Key);
        values.Write(writer, entry.Value);
    }
}

/// <summary>Reads a dictionary.</summary>
internal sealed class MapReader<TMap, TKey, TValue>(ValueReader<TKey> keys, ValueReader<TValue> values, int leastBytes) : ValueReader<TMap?>
    where TMap : class, IReadOnlyDictionary<TKey, TValue>
    where TKey : notnull
{
    public override TMap? Read(ref BlobReader reader)
    {
        if (!Counts.TryRead(ref reader, leastBytes, out int count))
            return null;

        var map = new Dictionary<TKey, TValue>(count);
        for (int at = 0; at < count; at++)
        {
            TKey key = keys.Read(ref reader);
            if (key is null || !map.TryAdd(key, values.Read(ref reader)))
                throw new CodecException("Stored data is damaged: a dictionary holds a key twice, or null as a key.");
        }

        return (TMap)(object)map;
    }
}

/// <summary>Comparers are code, and are not stored.</summary>
internal static class Comparers
{
    public static void RequireDefault<T>(IEqualityComparer<T> comparer)
    {
        if (!ReferenceEquals(comparer, EqualityComparer<T>.Default) && !ReferenceEquals(comparer, StringComparer.Ordinal))
            throw new CodecException(
                $"A collection that compares '{TypeName.Of(typeof(T))}' with {comparer} cannot be stored: it would come back with the default comparer. " +
                "Use the default one, and normalise what it compares (for example, to lower case).");
    }
}
