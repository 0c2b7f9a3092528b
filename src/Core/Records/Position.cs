namespace ActorStreams.Authoring;

/// <summary>Provenance of a row in 64 bits: the source partition (16 bits, numbered per job) and the row's offset in it (48
/// bits).</summary>
public static class Position
{
    /// <summary>The position of a row that no source partition produced.</summary>
    public const long None = -1;

    private const int OffsetBits = 48;

    /// <summary>Packs a partition number (0 to 32,767) and an offset (0 to 2^48 - 1).</summary>
    public static long Of(int partition, long offset) => ((long)partition << OffsetBits) | (offset & ((1L << OffsetBits) - 1));

    /// <summary>The number of the source partition within the job.</summary>
    public static int Partition(long position) => (int)(position >> OffsetBits);

    /// <summary>The row's offset within its partition.</summary>
    public static long Offset(long position) => position & ((1L << OffsetBits) - 1);
}
