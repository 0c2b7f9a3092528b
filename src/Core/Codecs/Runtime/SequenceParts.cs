using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ActorStreams.Core.Codecs.Runtime;

/// <summary>How one kind of collection is taken apart and put together.</summary>
internal abstract class SequencePart<TSequence, T>
{
    public abstract void Write(BlobWriter writer, TSequence sequence, ValueWriter<T> element);

    /// <summary>The collection of <paramref name="count"/> elements that the bytes left can hold.</summary>
    public abstract TSequence Read(ref BlobReader reader, int count, ValueReader<T> element);

    protected static void WriteAll(BlobWriter writer, ReadOnlySpan<T> elements, ValueWriter<T> element)
    {
        writer.WriteVarint((uint)elements.Length + 1);
        if (element.IsRaw)
        {
            long bytes = (long)elements.Length * Unsafe.SizeOf<T>();
            if (bytes > Array.MaxLength)
                throw new CodecException(
                    $"A collection of {bytes} bytes cannot be stored; a blob can have at most {Array.MaxLength}. Store it in smaller parts.");
            writer.WriteBytes(
                MemoryMarshal.CreateReadOnlySpan(ref Unsafe.As<T, byte>(ref MemoryMarshal.GetReference(elements)), (int)bytes));
            return;
        }

        foreach (ref readonly T one in elements)
            element.Write(writer, in one);
    }

    protected static void ReadAll(ref BlobReader reader, Span<T> elements, ValueReader<T> element)
    {
        if (element.IsRaw)
        {
            int bytes = elements.Length * Unsafe.SizeOf<T>();       // no more than are left
            reader.Take(bytes).CopyTo(MemoryMarshal.CreateSpan(ref Unsafe.As<T, byte>(ref MemoryMarshal.GetReference(elements)), bytes));
            return;
        }

        for (int at = 0; at < elements.Length; at++)
            elements[at] = element.Read(ref reader);
    }
}

internal sealed class ArrayPart<T> : SequencePart<T[]?, T>
{
    public override void Write(BlobWriter writer, T[]? sequence, ValueWriter<T> element)
    {
        if (sequence is null)
            writer.WriteByte(0);
        else
            WriteAll(writer, sequence, element);
    }

    public override T[] Read(ref BlobReader reader, int count, ValueReader<T> element)
    {
        if (count == 0)
            return [];
        var array = new T[count];
        ReadAll(ref reader, array, element);
        return array;
    }
}

internal sealed class ListPart<T> : SequencePart<List<T>?, T>
{
    public override void Write(BlobWriter writer, List<T>? sequence, ValueWriter<T> element)
    {
        if (sequence is null)
            writer.WriteByte(0);
        else
            WriteAll(writer, CollectionsMarshal.AsSpan(sequence), element);
    }

    public override List<T> Read(ref BlobReader reader, int count, ValueReader<T> element)
    {
        var list = new List<T>(count);
        CollectionsMarshal.SetCount(list, count);
        ReadAll(ref reader, CollectionsMarshal.AsSpan(list), element);
        return list;
    }
}

internal sealed class ImmutableArrayPart<T> : SequencePart<ImmutableArray<T>, T>
{
    public override void Write(BlobWriter writer, ImmutableArray<T> sequence, ValueWriter<T> element)
    {
        if (sequence.IsDefault)
            writer.WriteByte(0);
        else
            WriteAll(writer, sequence.AsSpan(), element);
    }

    public override ImmutableArray<T> Read(ref BlobReader reader, int count, ValueReader<T> element)
    {
        var array = new T[count];
        ReadAll(ref reader, array, element);
        return ImmutableCollectionsMarshal.AsImmutableArray(array);
    }
}

/// <summary>Any read-only list; comes back as an array.</summary>
internal sealed class ReadOnlyListPart<T> : SequencePart<IReadOnlyList<T>?, T>
{
    public override void Write(BlobWriter writer, IReadOnlyList<T>? sequence, ValueWriter<T> element)
    {
        if (sequence is null)
            writer.WriteByte(0);
        else if (sequence is T[] array)
            WriteAll(writer, array, element);
        else
            WriteAll(writer, sequence.ToArray(), element);
    }

    public override IReadOnlyList<T> Read(ref BlobReader reader, int count, ValueReader<T> element)
    {
        var array = new T[count];
        ReadAll(ref reader, array, element);
        return array;
    }
}

/// <summary>A set that compares its elements in the ordinary way: another comparer would be lost.</summary>
internal sealed class SetPart<T> : SequencePart<HashSet<T>?, T>
{
    public override void Write(BlobWriter writer, HashSet<T>? sequence, ValueWriter<T> element)
    {
        if (sequence is null)
        {
            writer.WriteByte(0);
            return;
        }

        Comparers.RequireDefault(sequence.Comparer);
        writer.WriteVarint((uint)sequence.Count + 1);
        foreach (T one in sequence)
            element.Write(writer, one);
    }

    public override HashSet<T> Read(ref BlobReader reader, int count, ValueReader<T> element)
    {
        var set = new HashSet<T>(count);
        for (int at = 0; at < count; at++)
            if (!set.Add(element.Read(ref reader)))
                throw new CodecException("Stored data is damaged: a set holds an element twice.");
        return set;
    }
}

/// <summary>Writes a collection with its part.</summary>
internal sealed class SequenceWriter<TSequence, T>(SequencePart<TSequence, T> part, ValueWriter<T> element) : ValueWriter<TSequence>
{
    public override void Write(BlobWriter writer, in TSequence value) => part.Write(writer, value, element);
}

/// <summary>Reads a collection with its part. A count that the bytes left cannot hold, by the least size of an element, is refused before
/// anything is allocated.</summary>
internal sealed class SequenceReader<TSequence, T>(SequencePart<TSequence, T> part, ValueReader<T> element, int leastBytes)
    : ValueReader<TSequence?>
{
    public override TSequence? Read(ref BlobReader reader) =>
        Counts.TryRead(ref reader, leastBytes, out int count) ? part.Read(ref reader, count, element) : default;
}

/// <summary>The number of elements of a collection.</summary>
internal static class Counts
{
    /// <summary>False for null.</summary>
    public static bool TryRead(ref BlobReader reader, int leastBytes, out int count)
    {
        uint stored = reader.ReadVarint();
        count = 0;
        if (stored == 0)
            return false;
        if ((ulong)(stored - 1) * (uint)leastBytes > (uint)reader.Remaining)
            throw new CodecException(
                $"Stored data is damaged: {stored - 1} elements of at least {leastBytes} bytes expected, {reader.Remaining} bytes left.");
        count = (int)(stored - 1);
        return true;
    }
}
