using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ActorStreams.Connectors.Files.Runtime;
using ActorStreams.Core.Options;

namespace ActorStreams;

/// <summary>How files with one JSON value per line are read and written. Text is UTF-8; lines end with LF or CRLF.</summary>
public sealed record JsonLinesOptions
{
    /// <summary>
    /// How values become rows and back. Default: names compare without case, missing constructor parameters and null where it is not
    /// allowed are errors, at most 64 levels deep (<see cref="JsonSerializerOptions.MaxDepth"/>, 512 at most), which writers hold to as
    /// well. Enums are taken by the names and numbers of their members only, lists of names where the enum has
    /// <see cref="FlagsAttribute"/>; durations as <c>36:00:00</c>, <c>1.12:00:00</c> or <c>PT36H</c>. A number that its
    /// member cannot hold is an error, too, unless a converter of one's own reads it: more digits than a decimal or a float has, an integer
    /// that a double would change, what is beyond the range.
    /// </summary>
    public JsonSerializerOptions? Serializer { get; init; }

    /// <summary>The deepest that a row may be nested, whatever the serialiser says.</summary>
    internal const int MostDepth = 512;

    /// <summary>Source-generated metadata of the row type, a <see cref="JsonTypeInfo{T}"/>; used instead of <see cref="Serializer"/>.
    /// Default: none.</summary>
    public JsonTypeInfo? TypeInfo { get; init; }

    /// <summary>Reading: the longest line in bytes, 1 KB to 64 MB; a longer one is rejected. Default: 1 MB.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is outside of that range.</exception>
    public int MaxRecordBytes { get; init => field = SettingRange.Check(value, 1 << 10, 1 << 26); } = 1 << 20;

    /// <summary>Writing: what is done with a file that is there before the job's first commit. Default: refuse it.</summary>
    public IfExists IfExists { get; init; }

    internal JsonTypeInfo<T> InfoOf<T>() => TypeInfo switch
    {
        null => (JsonTypeInfo<T>)Ready(Serializer ?? Default).GetTypeInfo(typeof(T)),
        JsonTypeInfo<T> info when IsShallow(info.Options, nameof(TypeInfo)) => info,
        _ => throw new PipelineException(
            $"{nameof(JsonLinesOptions)}.{nameof(TypeInfo)} describes {TypeInfo.Type}, but the rows are {typeof(T)}."),
    };

    /// <summary>As the serialiser makes them when they are first used.</summary>
    private static JsonSerializerOptions Ready(JsonSerializerOptions options)
    {
        if (IsShallow(options, nameof(Serializer)))
            options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    private static bool IsShallow(JsonSerializerOptions options, string name) => options.MaxDepth <= MostDepth
        ? true
        : throw new PipelineException(
            $"{nameof(JsonLinesOptions)}.{name} has a MaxDepth of {options.MaxDepth}; more than {MostDepth} levels can be deeper than a stack, which would end the process.");

    /// <summary>The same for reading: numbers that the members cannot hold are errors.</summary>
    internal JsonTypeInfo<T> InfoToRead<T>() => ExactJsonNumbers.In(ExactJsonTexts.In(InfoOf<T>()));

    internal static JsonSerializerOptions Default { get; } = new()
    {
        PropertyNameCaseInsensitive = true,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        MaxDepth = 64,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    /// <summary>The settings that differ from their defaults, by name.</summary>
    public override string ToString() => SettingsText.Of(this, new JsonLinesOptions());
}
