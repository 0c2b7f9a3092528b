using System.Numerics;
using System.Runtime.InteropServices;

namespace ActorStreams.Connectors.Files.Runtime;

/// <summary>CRC-32C (Castagnoli), a piece at a time; the processor's instruction where it has one.</summary>
internal struct Crc32C()
{
    private uint _state = uint.MaxValue;

    public readonly uint Value => ~_state;

    public void Add(ReadOnlySpan<byte> bytes)
    {
        uint state = _state;
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (ulong word in words)
            state = BitOperations.Crc32C(state, word);
        foreach (byte one in bytes[(words.Length * sizeof(ulong))..])
            state = BitOperations.Crc32C(state, one);
        _state = state;
    }
}
