using System.Runtime.InteropServices;

namespace ActorStreams.Core.State;

/// <summary>Zeroed native memory for tables, aligned to a cache line.</summary>
/// <remarks>Asked for as zeroed, not cleared: what comes fresh from the system is zero already, and clearing would go through all of it once more.</remarks>
internal static unsafe class TableMemory
{
    private const int CacheLine = 64;

    public static byte* Allocate(long sizeBytes)
    {
        var block = (byte*)NativeMemory.AllocZeroed((nuint)sizeBytes + CacheLine);
        var memory = (byte*)(((nint)block + CacheLine) & -CacheLine);
        ((byte**)memory)[-1] = block;   // there is room in front: blocks are aligned to 16 bytes, or at least to 8
        return memory;
    }

    /// <param name="memory">What <see cref="Allocate"/> gave, or null.</param>
    public static void Free(byte* memory)
    {
        if (memory is not null)
            NativeMemory.Free(((byte**)memory)[-1]);
    }
}
