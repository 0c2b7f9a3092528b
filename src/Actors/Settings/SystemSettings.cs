using Akka.Actor;
using Akka.Configuration;
using Akka.Configuration.Hocon;
using Akka.Dispatch;

namespace ActorStreams.Actors.Settings;

/// <summary>What the configuration of an ActorSystem says of ActorStreams.</summary>
internal sealed class SystemSettings
{
    public const string Root = "actorstreams";
    private const string DispatcherKey = $"{Root}.dispatcher";

    /// <param name="system">The system; it is given the reference configuration, unless it has it.</param>
    /// <exception cref="PipelineException">A key is no setting, a value cannot be read, or the dispatcher is not configured.</exception>
    public SystemSettings(ActorSystem system)
    {
        // Keys are checked before, because it is the user's that are asked.
        if (system.Settings.Config.HasPath(Root))
        {
            KnownKeys.Check(system.Name, system.Settings.Config.GetValue(Root).GetObject()
                ?? throw new PipelineException($"ActorSystem '{system.Name}': '{Root}' is a section: {Root} {{ job {{ … }} }}."));
        }

        system.Settings.InjectTopLevelFallback(ReferenceConf.Parsed);

        HoconObject all = system.Settings.Config.GetValue(Root).GetObject();
        var reader = new OptionsReader(system.Name);
        Job = reader.Read(new JobOptions(), $"{Root}.job", Section(all, "job"));
        Job.Validate(name => $"ActorSystem '{system.Name}': the setting '{Root}.job.{OptionsReader.KeyOf(name)}'");
        Sqlite = reader.Read(new SqliteOptions(), $"{Root}.store.sqlite", Section(all, "store", "sqlite"));
        PostgreSql = reader.Read(new PostgreSqlOptions(), $"{Root}.store.postgresql", Section(all, "store", "postgresql"));
        Dispatcher = all.GetKey("dispatcher").GetString();
        CheckDispatcher(system);
    }

    public JobOptions Job { get; }

    public SqliteOptions Sqlite { get; }

    public PostgreSqlOptions PostgreSql { get; }

    /// <summary>The dispatcher of the actors of jobs.</summary>
    public string Dispatcher { get; }

    private static HoconObject Section(HoconObject section, params ReadOnlySpan<string> path)
    {
        foreach (string key in path)
            section = section.GetKey(key).GetObject();
        return section;
    }

    private void CheckDispatcher(ActorSystem system)
    {
        ConfigurationException? wrong = null;
        try
        {
            if (system.Dispatchers.HasDispatcher(Dispatcher))
                system.Dispatchers.Lookup(Dispatcher);
            else
                wrong = new ConfigurationException("It is not configured.");
        }
        catch (ConfigurationException error)
        {
            wrong = error;
        }

        if (wrong is not null)
        {
            throw new PipelineException(
                $"ActorSystem '{system.Name}': '{DispatcherKey}' names the dispatcher '{Dispatcher}', of which nothing can be made: {wrong.Message} Add a section of that " +
                $"name to the system's configuration, {Dispatcher} {{ type = Dispatcher, executor = thread-pool-executor, throughput = 30 }}, or leave '{DispatcherKey}' out.",
                wrong);
        }
    }
}
