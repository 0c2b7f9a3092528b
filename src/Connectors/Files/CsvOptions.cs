using ActorStreams.Core.Options;

namespace ActorStreams;

/// <summary>How CSV files are read and written. Quotes are <c>"</c>, doubled inside quoted fields (RFC 4180); text is UTF-8; lines end with
/// LF or CRLF.</summary>
public sealed record CsvOptions
{
    /// <summary>What separates fields: an ASCII character. Default: a comma.</summary>
    /// <exception cref="ArgumentException">It is a quote, CR, LF or NUL, or not ASCII.</exception>
    public char Separator
    {
        get;
        init
        {
            if (!char.IsAscii(value) || value is '"' or '\r' or '\n' or '\0')
                throw new ArgumentException(
                    $"The separator must be an ASCII character other than quote, CR, LF and NUL, not U+{(int)value:X4}.", nameof(value));
            field = value;
        }
    }

    = ',';

    /// <summary>Whether the first record names the columns. Without it, members take the columns in the order of their declaration, and a
    /// record must have as many. Default: true.</summary>
    public bool HasHeader { get; init; } = true;

    /// <summary>Reading: whether a member without a column keeps its default value; otherwise the file is refused. Default:
    /// false.</summary>
    public bool AllowMissingColumns { get; init; }

    /// <summary>Reading: the longest record in bytes, 1 KB to 64 MB; a longer one is rejected. Default: 1 MB.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is outside of that range.</exception>
    public int MaxRecordBytes { get; init => field = SettingRange.Check(value, 1 << 10, 1 << 26); } = 1 << 20;

    /// <summary>Writing: what is done with a file that is there before the job's first commit. Default: refuse it.</summary>
    public IfExists IfExists { get; init; }

    /// <summary>The settings that differ from their defaults, by name.</summary>
    public override string ToString() => SettingsText.Of(this, new CsvOptions());
}
