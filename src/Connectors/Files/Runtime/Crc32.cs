namespace ActorStreams.Connectors.Files.Runtime;

/// <summary>CRC-32 as of ISO 3309 (zlib, PNG), a table's entry a byte.</summary>
internal static class Crc32
{
    private const uint Reversed = 0xEDB88320;

    private static readonly uint[] s_table = [.. Enumerable.Range(0, 256).Select(Entry)];

    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        uint state = uint.MaxValue;
        foreach (byte one in bytes)
            state = s_table[(byte)(state ^ one)] ^ (state >> 8);
        return ~state;
    }

    private static uint Entry(int value)
    {
        uint entry = (uint)value;
        for (int bit = 0; bit < 8; bit++)
            entry = (entry & 1) == 0 ? entry >> 1 : (entry >> 1) ^ Reversed;
        return entry;
    }
}
