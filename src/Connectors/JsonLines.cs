using ActorStreams.Connectors.Files.Runtime;

namespace ActorStreams;

/// <summary>Files with one JSON value per line (JSON Lines, NDJSON).</summary>
public static class JsonLines
{
    /// <summary>Reads one row from every line of a file, or of each of several files; blank lines are skipped.</summary>
    /// <param name="path">
    /// A file; or a folder (its .jsonl, .ndjson and .json files, also with .gz); or a pattern such as <c>logs/*.jsonl</c> or
    /// <c>logs/**/*.jsonl.gz</c>. Each
    /// file is a partition, named by its path relative to the pattern's folder. Files that end in <c>.gz</c> are decompressed.
    /// </param>
    /// <param name="options">Serialiser and limits; see there for the defaults.</param>
    /// <remarks>
    /// Replayable. The offset is the byte at which the next line begins (of the decompressed content; there a restart reads up to it).
    /// The file may grow meanwhile: rows that are there before the reader comes to the end are read. One that is cut, or of which anything
    /// is changed that was read, ends the job with an error, and so does a compressed
    /// one that is not whole.
    /// The source ends with the files: lines added later are not awaited. A job that goes on after a stop or failure reads what was added
    /// to files that
    /// were not at their end yet; a job that completed stays complete: to read anew, start it under a new pipeline name or with a new
    /// store. A line that is not a
    /// row, is longer than the limit or is not UTF-8 is rejected with file, line and reason.
    /// </remarks>
    /// <exception cref="PipelineException">The options do not fit the row type.</exception>
    public static Source<T> File<T>(string path, JsonLinesOptions? options = null) => new JsonLinesSource<T>(path, options ?? new());

    /// <summary>Writes every row as one line, exactly once: the file shows what is committed and nothing else.</summary>
    /// <param name="path">The file; its folder must exist. Beside it lie a lock file, which stays, and staging files while the job runs
    /// (<c>.name.*</c>).</param>
    /// <param name="options">Serialiser, and what happens to a file that is there before the first commit (it is refused, unless
    /// empty).</param>
    /// <remarks>Two-phase, one writer; see <see cref="Csv.ToFile{T}(string, CsvOptions?)"/> for what is promised.</remarks>
    /// <exception cref="PipelineException">The options do not fit the row type.</exception>
    public static Sink<T> ToFile<T>(string path, JsonLinesOptions? options = null)
    {
        options ??= new();
        return new StagedFileSink<T>("JSON Lines", path, new JsonLinesFormat<T>(options.InfoOf<T>()), options.IfExists);
    }
}
