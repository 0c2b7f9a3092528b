using ActorStreams.Core;
using Akka.Configuration.Hocon;

namespace ActorStreams.Actors.Settings;

/// <summary>Refuses keys that no setting has: a slip of the pen would otherwise be a setting that does nothing.</summary>
internal static class KnownKeys
{
    /// <summary>Its keys are Akka's.</summary>
    private const string Open = $"{SystemSettings.Root}.default-dispatcher";

    /// <summary>A section that may be switched off.</summary>
    private const string MayBeOff = $"{SystemSettings.Root}.job.restart";

    /// <param name="system">The name of the ActorSystem.</param>
    /// <param name="given">What it has under the root.</param>
    /// <exception cref="PipelineException">A key is none; the message names the nearest.</exception>
    public static void Check(string system, HoconObject given) =>
        Check(system, SystemSettings.Root, given, ReferenceConf.Parsed.GetValue(SystemSettings.Root).GetObject());

    private static void Check(string system, string path, HoconObject given, HoconObject known)
    {
        foreach ((string key, HoconValue value) in given.Items)
        {
            string full = $"{path}.{key}";
            if (known.GetKey(key) is not { } setting)
                throw Unknown(system, path, key, known);
            if (value.IsObject() && !setting.IsObject())
            {
                throw new PipelineException(
                    $"ActorSystem '{system}': '{full}' is a setting, not a section: it takes one value, such as {setting.GetString()}.");
            }

            if (!value.IsObject() && setting.IsObject() && full != MayBeOff)
            {
                throw new PipelineException($"ActorSystem '{system}': '{full}' is a section, not a setting: it has " +
                    $"{string.Join(", ", setting.GetObject().Items.Keys)}.");
            }

            if (value.IsObject() && full != Open)
                Check(system, full, value.GetObject(), setting.GetObject());
        }
    }

    private static PipelineException Unknown(string system, string path, string key, HoconObject known)
    {
        // one letter more for a key that belongs into another section
        IEnumerable<(string Path, int Distance)> candidates =
        [
            .. known.Items.Keys.Select(name => ($"{path}.{name}", EditDistance.Of(key, name))),
            .. Paths(SystemSettings.Root, ReferenceConf.Parsed.GetValue(SystemSettings.Root).GetObject())
                .Select(full => (full, EditDistance.Of(key, full.AsSpan(full.LastIndexOf('.') + 1)) + 1)),
        ];
        return new PipelineException(
            $"ActorSystem '{system}': there is no setting '{path}.{key}'. The nearest is '{candidates.MinBy(candidate => candidate.Distance).Path}'. All settings are in " +
            $"hocon/reference.conf, which {nameof(ActorStreamsExtension)}.{nameof(ActorStreamsExtension.DefaultConfig)}() gives.");
    }

    private static IEnumerable<string> Paths(string path, HoconObject section) => section.Items.SelectMany(item => item.Value.IsObject()
        ? Paths($"{path}.{item.Key}", item.Value.GetObject())
        : [$"{path}.{item.Key}"]);
}
