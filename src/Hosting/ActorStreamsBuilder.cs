using System.Reflection;
using ActorStreams.Hosting.Runtime;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace ActorStreams;

/// <summary>What a host is to run: pipelines, one store for all of them, and how.</summary>
public sealed class ActorStreamsBuilder
{
    private readonly IServiceCollection? _services;

    /// <param name="services">Where definitions are registered; null: services cannot be added any more.</param>
    /// <param name="settings">What is said is noted here.</param>
    internal ActorStreamsBuilder(IServiceCollection? services, HostedSettings settings) => (_services, Settings) = (services, settings);

    internal HostedSettings Settings { get; }

    /// <summary>Keeps everything in an SQLite file. The host opens and closes it.</summary>
    /// <param name="path">The file; created if it does not exist, its folder is not.</param>
    /// <param name="options">Changes how it writes: <c>options => options with { Synchronous = SqliteSynchronous.Normal }</c>. Null: as
    /// the ActorSystem of the application has it (<c>actorstreams.store.sqlite</c>), or the defaults.</param>
    public ActorStreamsBuilder UseSqlite(string path, Func<SqliteOptions, SqliteOptions>? options = null)
    {
        Settings.Store = (_, streams) => Store.Sqlite(path, (options ?? Unchanged)(streams?.SqliteOptions ?? new SqliteOptions()));
        return this;
    }

    /// <summary>Keeps everything in a PostgreSQL database.</summary>
    /// <param name="connectionString">How to connect.</param>
    /// <param name="options">Changes where and how it writes: <c>options => options with { Schema = "shop" }</c>. Null: as the ActorSystem
    /// of the application has it (<c>actorstreams.store.postgresql</c>), or the defaults.</param>
    public ActorStreamsBuilder UsePostgreSql(string connectionString, Func<PostgreSqlOptions, PostgreSqlOptions>? options = null)
    {
        Settings.Store = (_, streams) =>
            Store.PostgreSql(connectionString, (options ?? Unchanged)(streams?.PostgreSqlOptions ?? new PostgreSqlOptions()));
        return this;
    }

    /// <summary>Keeps everything in a store of one's own making, which the host disposes of when it stops. State is kept there, too, unless
    /// <see cref="UseAkkaPersistence"/> is called after.</summary>
    /// <param name="store">Makes the store; called once.</param>
    public ActorStreamsBuilder UseStore(Func<IServiceProvider, Store> store)
    {
        ArgumentNullException.ThrowIfNull(store);
        Settings.Store = (services, _) => store(services);
        return KeepStateInStore();
    }

    /// <summary>Keeps the state of operators in a journal plugin of the application's ActorSystem; epochs, tables and topics stay in the
    /// store.</summary>
    /// <remarks>It is what <c>WithActorStreams</c> does anyway where the system names a journal plugin (<c>WithSqlPersistence</c>, say) and
    /// the store is a file or PostgreSQL, for jobs that do not have their state in the store already. Said, it is a condition: a job whose
    /// state is in the store, or a system without a plugin, is refused.</remarks>
    /// <param name="options">Which plugin, and how. Null: the system's default plugin.</param>
    public ActorStreamsBuilder UseAkkaPersistence(AkkaPersistenceOptions? options = null)
    {
        Settings.IsStateInSystem = true;
        Settings.State = (system, store) => Store.AkkaPersistence(system, store, options);
        return this;
    }

    /// <summary>Keeps the state of operators in the store, even where the ActorSystem has a journal plugin.</summary>
    public ActorStreamsBuilder KeepStateInStore()
    {
        Settings.IsStateInSystem = false;
        Settings.State = static (_, store) => store;
        return this;
    }

    /// <summary>Runs a pipeline from the start of the host to its end.</summary>
    /// <typeparam name="T">Its definition: constructed from services, once. In an ActorSystem of the application the job's actor is found
    /// under this type: <c>IRequiredActor&lt;T&gt;</c>.</typeparam>
    /// <param name="options">Changes how this pipeline runs: <c>options => options with { Parallelism = 2 }</c>. Null: as configured for
    /// all.</param>
    public ActorStreamsBuilder AddPipeline<T>(Func<JobOptions, JobOptions>? options = null)
        where T : class, IPipelineDefinition
    {
        _services?.TryAddSingleton<T>();
        return Add(typeof(T),
            static services => (services.GetService<T>() ?? ActivatorUtilities.CreateInstance<T>(services)).Build(), options);
    }

    /// <summary>Runs a pipeline from the start of the host to its end.</summary>
    /// <param name="build">Builds it; called once.</param>
    /// <param name="options">Changes how this pipeline runs. Null: as configured for all.</param>
    public ActorStreamsBuilder AddPipeline(Func<IServiceProvider, Pipeline> build, Func<JobOptions, JobOptions>? options = null)
    {
        ArgumentNullException.ThrowIfNull(build);
        return Add(definition: null, build, options);
    }

    /// <summary>Takes the options of all jobs from configuration: <c>{ "EpochInterval": "00:00:00.500", "Parallelism": 4 }</c>, by the
    /// names of <see cref="JobOptions"/>.</summary>
    /// <remarks>It counts as code: it goes before the settings of an ActorSystem, for the options that the section has.</remarks>
    /// <param name="section">The section whose keys are the options.</param>
    /// <exception cref="PipelineException">A key is no option, or a value cannot be read as one; the message names the section.</exception>
    public ActorStreamsBuilder UseConfiguration(IConfigurationSection section)
    {
        ArgumentNullException.ThrowIfNull(section);
        try
        {
            JobOptions bound = section.Get<JobOptions>(static binder => binder.ErrorOnUnknownConfiguration = true) ?? new JobOptions();
            Settings.Options = Said(section, bound);
        }
        catch (InvalidOperationException error)
        {
            throw new PipelineException(
                $"Configuration section '{section.Path}': {error.Message} {error.InnerException?.Message} The keys are the properties of {nameof(JobOptions)}, " +
                "durations are written as '00:00:01'.", error);
        }

        return this;
    }

    /// <summary>Goes on serving when a job fails, for hosts whose health checks tell somebody. Without it a job that fails stops the host,
    /// so that whoever runs the process starts it again.</summary>
    public ActorStreamsBuilder KeepHostOnFailure()
    {
        Settings.StopsHost = false;
        return this;
    }

    /// <summary>The options that the section has: the binder assigns the others, too, and what is assigned counts as said.</summary>
    private static JobOptions Said(IConfigurationSection section, JobOptions bound)
    {
        var options = new JobOptions();
        foreach (PropertyInfo property in typeof(JobOptions).GetProperties().Where(property => section.GetSection(property.Name).Exists()))
            property.SetValue(options, property.GetValue(bound));
        return options;
    }

    private ActorStreamsBuilder Add(Type? definition, Func<IServiceProvider, Pipeline> build, Func<JobOptions, JobOptions>? options)
    {
        Settings.Pipelines.Add(new HostedPipeline(definition, build, options ?? Unchanged));
        return this;
    }

    private static T Unchanged<T>(T options) => options;
}
