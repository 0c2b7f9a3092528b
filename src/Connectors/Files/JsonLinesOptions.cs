using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ActorStreams.Core;

namespace ActorStreams.Connectors.Files;

/// <summary>How files with one JSON value per line are read and written. Text is UTF-8; lines end with LF or CRLF.</summary>
public sealed record JsonLinesOptions
{
    /// <summary>
    /// How values become rows and back. Default: names compare without case, missing constructor parameters and null where it is not
    /// allowed are errors, at most 64 levels deep.
    /// </summary>
    public JsonSerializerOptions? Serializer { get; init; }

    /// <summary>Source-generated metadata of the row type, a <see cref="JsonTypeInfo{T}"/>; used instead of <see cref="Serializer"/>. Default: none.</summary>
    public JsonTypeInfo? TypeInfo { get; init; }

    /// <summary>Reading: the longest line in bytes, 1 KB to 64 MB; a longer one is rejected. Default: 1 MB.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is outside of that range.</exception>
    public int MaxRecordBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1 << 10);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 1 << 26);
            field = value;
        }
    }

    = 1 << 20;

    /// <summary>Writing: what is done with a file that is there before the job's first commit. Default: refuse it.</summary>
    public IfExists IfExists { get; init; }

    internal JsonTypeInfo<T> InfoOf<T>() => TypeInfo switch
    {
        null => (JsonTypeInfo<T>)(Serializer ?? Default).GetTypeInfo(typeof(T)),
        JsonTypeInfo<T> info => info,
        _ => throw new PipelineException($"{nameof(JsonLinesOptions)}.{nameof(TypeInfo)} describes {TypeInfo.Type}, but the rows are {typeof(T)}."),
    };

    internal static JsonSerializerOptions Default { get; } = new()
    {
        PropertyNameCaseInsensitive = true,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        MaxDepth = 64,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    /// <summary>The settings that differ from their defaults, by name.</summary>
    public override string ToString() => Core.SettingsText.Of(this, new JsonLinesOptions());
}
