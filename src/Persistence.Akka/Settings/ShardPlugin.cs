using Akka.Actor;
using Akka.Configuration;
using Akka.Configuration.Hocon;
using Extension = Akka.Persistence.Persistence;

namespace ActorStreams.Persistence.Akka.Settings;

/// <summary>The journal plugin as shards use it: the application's, with the settings that shards need.</summary>
/// <remarks>
/// Where the application has other settings for its own actors, the plugin runs once more, on the same journal, under a name of its own.
/// The replay filter must be off because it drops events of a process that writes again after another one did, and those may count: what
/// counts is told by epochs. The others are for speed and memory: without parameters a large event is written as text of hexadecimal
/// digits, three times slower, and a restore holds a whole batch of events in memory.
/// </remarks>
internal static class ShardPlugin
{
    private const string InMemory = "akka.persistence.journal.inmem";
    private const string FilterMode = "replay-filter.mode", Parameters = "prefer-parameters-on-multirow-insert";

    private static readonly Config s_needed = ConfigurationFactory.ParseString($"""
        {FilterMode} = off
        {Parameters} = on
        replay-batch-size = 16
        """);

    private static readonly Lock s_adding = new();

    /// <summary>The path in the system's configuration of the plugin with the settings that shards need.</summary>
    /// <param name="system">The system.</param>
    /// <param name="plugin">The application's plugin; empty: the default one.</param>
    /// <exception cref="PipelineException">There is no such plugin.</exception>
    public static string Of(ActorSystem system, string plugin)
    {
        Extension.Instance.Apply(system);   // brings the configuration of its own plugins
        Config config = system.Settings.Config;
        if (plugin.Length == 0)
            plugin = DefaultOf(system);
        if (plugin.Length == 0)
        {
            throw new PipelineException(
                $"The ActorSystem '{system.Name}' names no journal plugin that outlives it: set akka.persistence.journal.plugin (Akka.Persistence.Sql: by " +
                $"WithSqlPersistence), or {nameof(AkkaPersistenceOptions)}.{nameof(AkkaPersistenceOptions.JournalPlugin)}, there even '{InMemory}'.");
        }

        if (!config.HasPath(plugin))
            throw new PipelineException(
                $"The ActorSystem '{system.Name}' has no configuration '{plugin}', which is to be the journal plugin.");
        return Suits(config.GetConfig(plugin)) ? plugin : WithNeeded(system, plugin);
    }

    /// <summary>The journal plugin that the system names; empty: none, or the one in memory, which is there if nothing is said.</summary>
    public static string DefaultOf(ActorSystem system) =>
        system.Settings.Config.GetString("akka.persistence.journal.plugin", "") is { } plugin and not InMemory ? plugin : "";

    /// <summary>Whether what a plugin keeps is seen by its own ActorSystem only.</summary>
    public static bool IsOfOneSystem(ActorSystem system, string plugin) =>
        system.Settings.Config.GetString($"{plugin}.class", "").StartsWith("Akka.Persistence.Journal.MemoryJournal", StringComparison.Ordinal);

    private static bool Suits(Config plugin) =>
        plugin.GetString(FilterMode, "") is "off" or "false" or "warn" && plugin.GetBoolean(Parameters, true);

    private static string WithNeeded(ActorSystem system, string plugin)
    {
        string path = $"{plugin}-for-shards";
        lock (s_adding)
        {
            if (!system.Settings.Config.HasPath(path))
                system.Settings.InjectTopLevelFallback(At(path, s_needed.WithFallback(system.Settings.Config.GetConfig(plugin))));
        }

        return path;
    }

    /// <summary>A configuration under a path.</summary>
    private static Config At(string path, Config config)
    {
        var top = new HoconObject();
        HoconObject inner = top;
        string[] keys = path.Split('.');
        foreach (string key in keys[..^1])
        {
            var next = new HoconObject();
            inner.Items[key] = ValueOf(next);
            inner = next;
        }

        inner.Items[keys[^1]] = config.Root;
        var here = new Config(new HoconRoot(ValueOf(top)));
        return config.Fallback is { } fallback ? here.WithFallback(At(path, fallback)) : here;
    }

    private static HoconValue ValueOf(HoconObject content)
    {
        var value = new HoconValue();
        value.AppendValue(content);
        return value;
    }
}
