using ActorStreams.Connectors.Files.Runtime;

namespace ActorStreams;

/// <summary>Avro object container files: binary rows with their schema, in blocks, compressed or not.</summary>
/// <remarks>
/// A row type becomes a schema thus: <c>bool</c> boolean; integers of up to 32 bits int, larger ones long; <c>float</c>, <c>double</c>;
/// text string; bytes bytes; an enum enum; <see cref="DateTimeOffset"/> timestamp-micros; <see cref="DateOnly"/> date;
/// <see cref="TimeOnly"/> time-micros; <see cref="Guid"/> string (uuid); <c>decimal</c> bytes (decimal, 38 digits, 9 of them behind the
/// point); arrays and lists array; dictionaries by text map; records, classes and structs record, by constructor parameters and settable
/// properties; what may be null a union with null. Read are all of these from files of other writers, with fields by name in any order,
/// renamed ones by <see cref="FormerNameAttribute"/>, unknown ones skipped, missing ones from defaults, numbers widened, and unions as far
/// as the branch that occurs fits; also fixed as bytes, and timestamp-millis.
/// </remarks>
/// <seealso href="https://avro.apache.org/docs/1.12.0/specification/">The Avro specification 1.12: schemas, binary encoding, object
/// container files, schema resolution.</seealso>
public static class Avro
{
    /// <summary>Reads a file, or each of several files.</summary>
    /// <param name="path">A file; or a folder (its .avro files); or a pattern such as <c>logs/**/*.avro</c>. Each file is a partition,
    /// named by its path relative to the pattern's folder.</param>
    /// <param name="options">Limits; null: the defaults.</param>
    /// <remarks>
    /// Replayable: the offset is the number of the row. The source ends with the files. A row that does not fit the type is rejected with
    /// file and number, and reading goes on with the next block; a file that is damaged, or that is cut or changed while it is read or
    /// between two runs, is an error. It may grow, by whole blocks.
    /// </remarks>
    /// <exception cref="PipelineException">The row type has no form in Avro.</exception>
    public static Source<T> File<T>(string path, AvroOptions? options = null)
    {
        _ = AvroTypes.SchemaOf(typeof(T));
        return new AvroSource<T>(path, options ?? new AvroOptions());
    }

    /// <summary>Writes rows, exactly once: the file shows what is committed and nothing else.</summary>
    /// <param name="path">The file; its folder must exist. Beside it lie a lock file, which stays, and staging files while the job runs
    /// (<c>.name.*</c>).</param>
    /// <param name="options">Compression, block size, and what happens to a file that is there before the first commit; null: the
    /// defaults.</param>
    /// <remarks>Two-phase, one writer; see <see cref="Csv.ToFile{T}(string, CsvOptions?)"/> for what is promised. After every epoch the
    /// file is a whole Avro file.</remarks>
    /// <exception cref="PipelineException">The row type has no form in Avro.</exception>
    public static Sink<T> ToFile<T>(string path, AvroOptions? options = null)
    {
        options ??= new AvroOptions();
        return new StagedFileSink<T>("Avro", path, new AvroFormat<T>(options), options.IfExists);
    }

    /// <summary>The schema of a row type, as the JSON that stands in files.</summary>
    /// <exception cref="PipelineException">The type has no form in Avro; the message names the member.</exception>
    public static string SchemaOf<T>() => AvroTypes.SchemaOf(typeof(T)).ToJson();
}
