using Akka.Configuration;

namespace ActorStreams.Actors.Settings;

/// <summary>hocon/reference.conf, which is part of the assembly.</summary>
internal static class ReferenceConf
{
    private static readonly Lazy<Config> s_parsed = new(static () =>
    {
        using Stream file = typeof(ReferenceConf).Assembly.GetManifestResourceStream("reference.conf")!;
        using var reader = new StreamReader(file);
        return ConfigurationFactory.ParseString(reader.ReadToEnd());
    });

    /// <summary>Parsed once. A configuration never changes.</summary>
    public static Config Parsed => s_parsed.Value;
}
