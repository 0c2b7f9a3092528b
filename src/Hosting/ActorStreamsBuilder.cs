using ActorStreams.Authoring;
using ActorStreams.Hosting.Runtime;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace ActorStreams;

/// <summary>What a host is to run: pipelines, one store for all of them, and how.</summary>
public sealed class ActorStreamsBuilder
{
    private readonly IServiceCollection _services;

    internal ActorStreamsBuilder(IServiceCollection services, HostedSettings settings) => (_services, Settings) = (services, settings);

    internal HostedSettings Settings { get; }

    /// <summary>Keeps everything in an SQLite file. The host opens and closes it.</summary>
    /// <param name="path">The file; created if it does not exist, its folder is not.</param>
    /// <param name="options">Null: the defaults.</param>
    public ActorStreamsBuilder UseSqlite(string path, SqliteOptions? options = null) => UseStore(_ => Store.Sqlite(path, options));

    /// <summary>Keeps everything in a PostgreSQL database.</summary>
    /// <param name="connectionString">How to connect.</param>
    /// <param name="options">Null: the defaults.</param>
    public ActorStreamsBuilder UsePostgreSql(string connectionString, PostgreSqlOptions? options = null) =>
        UseStore(_ => Store.PostgreSql(connectionString, options));

    /// <summary>Keeps everything in a store of one's own making, which the host disposes of when it stops.</summary>
    /// <param name="store">Makes the store; called once.</param>
    public ActorStreamsBuilder UseStore(Func<IServiceProvider, Store> store)
    {
        ArgumentNullException.ThrowIfNull(store);
        Settings.Store = store;
        return this;
    }

    /// <summary>Runs a pipeline from the start of the host to its end.</summary>
    /// <typeparam name="T">Its definition: registered as a singleton, constructed from services.</typeparam>
    /// <param name="options">Changes how this pipeline runs: <c>options => options with { Parallelism = 2 }</c>. Null: as configured for
    /// all.</param>
    public ActorStreamsBuilder AddPipeline<T>(Func<JobOptions, JobOptions>? options = null)
        where T : class, IPipelineDefinition
    {
        _services.TryAddSingleton<T>();
        return AddPipeline(services => services.GetRequiredService<T>().Build(), options);
    }

    /// <summary>Runs a pipeline from the start of the host to its end.</summary>
    /// <param name="build">Builds it; called once.</param>
    /// <param name="options">Changes how this pipeline runs. Null: as configured for all.</param>
    public ActorStreamsBuilder AddPipeline(Func<IServiceProvider, Pipeline> build, Func<JobOptions, JobOptions>? options = null)
    {
        ArgumentNullException.ThrowIfNull(build);
        Settings.Pipelines.Add((build, options ?? (static unchanged => unchanged)));
        return this;
    }

    /// <summary>Takes the options of all jobs from configuration: <c>{ "EpochInterval": "00:00:00.500", "Parallelism": 4 }</c>, by the
    /// names of <see cref="JobOptions"/>.</summary>
    /// <param name="section">The section whose keys are the options.</param>
    /// <exception cref="PipelineException">A key is no option, or a value cannot be read as one; the message names the section.</exception>
    public ActorStreamsBuilder UseConfiguration(IConfigurationSection section)
    {
        ArgumentNullException.ThrowIfNull(section);
        try
        {
            Settings.Options = section.Get<JobOptions>(static binder => binder.ErrorOnUnknownConfiguration = true) ?? new JobOptions();
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
}
