using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ActorStreams.Cluster.Links;

/// <summary>Elements of an array as memory of bytes, so that a socket receives into the array itself. Reused for one array after the
/// other: what it gave before must not be used any more then.</summary>
/// <typeparam name="T">A type without references, of which any bytes are a value.</typeparam>
internal sealed class ArrayBytes<T> : MemoryManager<byte>
{
    private T[] _array = [];

    /// <summary>The bytes of some elements.</summary>
    public static Span<byte> Of(T[] array, int start, int count) => MemoryMarshal.CreateSpan(
        ref Unsafe.As<T, byte>(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(array), start)), count * Unsafe.SizeOf<T>());

    /// <summary>The bytes of some elements, as memory.</summary>
    public Memory<byte> Over(T[] array, int start, int count)
    {
        _array = array;
        return CreateMemory(start * Unsafe.SizeOf<T>(), count * Unsafe.SizeOf<T>());
    }

    public override Span<byte> GetSpan() => Of(_array, 0, _array.Length);

    /// <inheritdoc/>
    public override unsafe MemoryHandle Pin(int elementIndex = 0)
    {
        GCHandle handle = GCHandle.Alloc(_array, GCHandleType.Pinned);
        return new MemoryHandle((byte*)handle.AddrOfPinnedObject() + elementIndex, handle);
    }

    /// <summary>Nothing: each pin has a handle of its own.</summary>
    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
    }
}
