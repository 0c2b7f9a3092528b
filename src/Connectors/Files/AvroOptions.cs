using ActorStreams.Core.Options;

namespace ActorStreams;

/// <summary>How Avro files are read and written.</summary>
public sealed record AvroOptions
{
    /// <summary>Writing: how blocks are compressed. Default: <see cref="AvroCompression.Deflate"/>.</summary>
    public AvroCompression Compression { get; init; } = AvroCompression.Deflate;

    /// <summary>Writing: rows are put into a block until it has about this many bytes, uncompressed, 64 to 16 MB; an epoch ends its block.
    /// Default: 64 KB.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is outside of that range.</exception>
    public int BlockBytes { get; init => field = SettingRange.Check(value, 64, 1 << 24); } = 64 * 1024;

    /// <summary>Reading: the largest block in bytes, compressed or not, 1 KB to 1 GB; a larger one is an error, whatever its header says.
    /// Default: 64 MB.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is outside of that range.</exception>
    public int MaxBlockBytes { get; init => field = SettingRange.Check(value, 1 << 10, 1 << 30); } = 1 << 26;

    /// <summary>Reading and writing: how deep records, arrays and maps may be nested in each other, 1 to 512; a row that goes deeper is
    /// refused. Default: 512.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is outside of that range.</exception>
    public int MaxDepth { get; init => field = SettingRange.Check(value, 1, 512); } = 512;

    /// <summary>Reading: the most values in a row, counting records, arrays, maps and the items of both, 1 to 2^30; a row that has more is
    /// rejected. Default: 1,048,576.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is outside of that range.</exception>
    public int MaxRowValues { get; init => field = SettingRange.Check(value, 1, 1 << 30); } = 1 << 20;

    /// <summary>Reading: the most values in a file that take no bytes in it (rows, records and items that are null or empty), beyond four
    /// for each byte that is there, 0 to 2^30. More of them are an error: a
    /// few bytes could claim any number of rows. Default: 65,536.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is outside of that range.</exception>
    public int MaxEmptyValues { get; init => field = SettingRange.Check(value, 0, 1 << 30); } = 1 << 16;

    /// <summary>Writing: what is done with a file that is there before the job's first commit. Default: refuse it. To append, its schema
    /// must be the rows'.</summary>
    public IfExists IfExists { get; init; }

    /// <summary>The settings that differ from their defaults, by name.</summary>
    public override string ToString() => SettingsText.Of(this, new AvroOptions());
}

/// <summary>How the blocks of an Avro file are compressed.</summary>
public enum AvroCompression
{
    /// <summary>Not at all (Avro's codec <c>null</c>).</summary>
    None,

    /// <summary>By DEFLATE (RFC 1951), without a header (Avro's codec <c>deflate</c>).</summary>
    Deflate,

    /// <summary>By Snappy, with a checksum (Avro's codec <c>snappy</c>): larger than <see cref="Deflate"/>, and several times as
    /// fast.</summary>
    Snappy,
}
