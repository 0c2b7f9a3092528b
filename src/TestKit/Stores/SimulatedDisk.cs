namespace ActorStreams.TestKit;

/// <summary>A file on a disk that keeps what was synchronised, and of the rest as much as it pleases.</summary>
/// <remarks>Holds frames: length, CRC32C, payload. Survives <see cref="Crash"/>, as a disk does.</remarks>
public sealed class SimulatedDisk
{
    private const int HeadBytes = 8;

    private byte[] _bytes = new byte[4096];
    private int _length;
    private int _synced;

    /// <summary>The bytes that would be lost at worst if the power went now.</summary>
    public int UnsyncedBytes => _length - _synced;

    /// <summary>Writes a frame at the end, into the operating system's memory.</summary>
    public void Append(ReadOnlySpan<byte> payload)
    {
        int needed = _length + HeadBytes + payload.Length;
        if (needed > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(needed, _bytes.Length * 2));
        BitConverter.TryWriteBytes(_bytes.AsSpan(_length), payload.Length);
        BitConverter.TryWriteBytes(_bytes.AsSpan(_length + 4), Crc32C.Compute(payload));
        payload.CopyTo(_bytes.AsSpan(_length + HeadBytes));
        _length = needed;
    }

    /// <summary>Makes everything written so far durable.</summary>
    public void Sync() => _synced = _length;

    /// <summary>The power goes: what was not synchronised is kept, lost, or cut in the middle.</summary>
    /// <returns>What became of it; null if everything is there.</returns>
    public FaultKind? Crash(SimulationRandom random)
    {
        ArgumentNullException.ThrowIfNull(random);
        int unsynced = UnsyncedBytes;
        if (unsynced == 0)
            return null;
        int kept = random.Next(3) switch { 0 => 0, 1 => unsynced, _ => random.Next(unsynced + 1) };
        _length = _synced + kept;
        if (kept > 0 && random.Chance(300))
        {
            // A sector that was allocated but never written, or written with something else.
            _bytes[_length - 1] ^= (byte)random.Between(1, 255);
            _synced = _length;
            return FaultKind.TornWrite;
        }

        _synced = _length;
        return kept == 0 ? FaultKind.LostWrite : kept < unsynced ? FaultKind.TornWrite : null;
    }

    /// <summary>Reads the whole frames from the beginning, and cuts off what follows the last one.</summary>
    internal IEnumerable<ReadOnlyMemory<byte>> Recover()
    {
        int at = 0;
        while (at + HeadBytes <= _length)
        {
            int length = BitConverter.ToInt32(_bytes, at);
            if (length < 0 || length > _length - at - HeadBytes)
                break;
            ReadOnlyMemory<byte> payload = _bytes.AsMemory(at + HeadBytes, length);
            if (Crc32C.Compute(payload.Span) != BitConverter.ToUInt32(_bytes, at + 4))
                break;
            yield return payload;
            at += HeadBytes + length;
        }

        _length = _synced = at;
    }
}
