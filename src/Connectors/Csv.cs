using ActorStreams.Connectors.Files.Runtime;

namespace ActorStreams;

/// <summary>Files of comma-separated values.</summary>
public static class Csv
{
    /// <summary>Reads one row from every record of a file, or of each of several files.</summary>
    /// <param name="path">
    /// A file; or a folder (its .csv and .csv.gz files); or a pattern such as <c>data/*.csv</c> or <c>data/**/*.csv.gz</c>. Each file is a
    /// partition, named by its path relative to the pattern's folder. Files that end in <c>.gz</c> are decompressed.
    /// </param>
    /// <param name="options">Separator, header and limits; see there for the defaults.</param>
    /// <remarks>
    /// <para>Columns are found by the header, without regard to case, for the parameters of the row's constructor, or for its settable
    /// properties if it has none with parameters; <see cref="ColumnNameAttribute"/> names a column that is called otherwise; a value tuple
    /// takes columns by position. A field can be text,
    /// a number, <see cref="bool"/>, the name of an enum's member (a list of names if the enum has <see cref="FlagsAttribute"/>),
    /// <see cref="Guid"/>, <see cref="DateTimeOffset"/> (ISO 8601; UTC unless it says
    /// otherwise; always given in UTC), <see cref="TimeSpan"/> (<c>36:00:00</c>, <c>1.12:00:00</c> or <c>PT36H</c>) or anything that
    /// parses itself from a span, with the invariant culture. An empty unquoted field is null where the member allows it.</para>
    /// <para>Replayable. The offset is the byte at which the next record begins (of the decompressed content; there a restart reads up to
    /// it).
    /// The file may grow meanwhile: rows that are there before the reader comes to the end are read. One that is cut, or of which anything
    /// is changed that was read, ends the job with an error, and so does a compressed
    /// one that is not whole.
    /// The source ends with the files: records added later are not awaited. A job that goes on after a stop or failure reads what was
    /// added to files that
    /// were not at their end yet; a job that completed stays complete: to read anew, start it under a new pipeline name or with a new
    /// store. Blank lines are skipped.</para>
    /// <para>A record that is not a row is rejected with file, line, column, value and wanted type. One that is longer than the limit, or
    /// whose quotes are wrong, costs its first line only: an unclosed quote does not swallow the rest of the file.</para>
    /// </remarks>
    public static Source<T> File<T>(string path, CsvOptions? options = null) => new CsvSource<T>(path, options ?? new());

    /// <summary>Writes every row as one record, exactly once, with a column for every property; nested ones as
    /// <c>Outer.Inner</c>.</summary>
    /// <param name="path">The file; its folder must exist. Beside it lie a lock file, which stays, and staging files while the job runs
    /// (<c>.name.*</c>).</param>
    /// <param name="options">Separator and header, and what happens to a file that is there before the first commit (it is refused, unless
    /// empty).</param>
    /// <remarks>
    /// <para>Two-phase, one writer. What is visible in the file is exactly what committed epochs wrote, except for the moment in which one
    /// is
    /// being appended: a reader may then see the beginning of its rows. The rows of an epoch go to a staging file, on disk
    /// before the epoch commits, and are appended after it; a crash in between is made good at the next start. A power failure loses
    /// nothing either, as far as the file system and disk keep what was flushed (fsync, of the folder too where the system has
    /// that).</para>
    /// <para>The file belongs to the job: at a start, whatever else stands behind the committed rows is cut off, and a file that was cut or
    /// changed in its last epoch is refused. A lock beside it keeps a second writer on the same machine out.</para>
    /// <para>Instants are ISO 8601 in UTC with a fraction only if there is one, numbers invariant and round-trip, null is an empty
    /// field, an empty text is <c>""</c>. The header appears with the first commit.</para>
    /// </remarks>
    /// <exception cref="PipelineException">A property's type has no form in CSV; give the columns explicitly.</exception>
    public static Sink<T> ToFile<T>(string path, CsvOptions? options = null) =>
        Create(path, CsvColumns<T>.OfProperties(), options);

    /// <summary>Writes every row as one record, exactly once, with the given columns.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="columns">Names the columns in order, such as <c>c => c.Column("network", r => r.Key).Column("count", r =>
    /// r.Result.Count)</c>.</param>
    /// <param name="options">As for <see cref="ToFile{T}(string, CsvOptions?)"/>, whose promises hold here too.</param>
    /// <exception cref="PipelineException">There is no column, or two with one name, or a type that has no form in CSV.</exception>
    public static Sink<T> ToFile<T>(string path, Action<CsvColumns<T>> columns, CsvOptions? options = null)
    {
        var given = new CsvColumns<T>();
        columns(given);
        return Create(path, given, options);
    }

    private static StagedFileSink<T> Create<T>(string path, CsvColumns<T> columns, CsvOptions? options)
    {
        options = options ?? new();
        return new StagedFileSink<T>("CSV", path, new CsvFormat<T>(columns, options), options.IfExists);
    }
}
