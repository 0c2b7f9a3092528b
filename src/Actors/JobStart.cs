using ActorStreams.Actors.Systems;
using ActorStreams.Core.Pipelines;
using ActorStreams.Actors.Jobs;
using Akka.Actor;

namespace ActorStreams;

/// <summary>Starts jobs: <c>await Job.StartAsync(pipeline, store)</c>, in an ActorSystem of the application's or in one that is made for
/// them.</summary>
public static class JobStart
{
    extension(JobOptions options)
    {
        /// <summary>The ActorSystem in which the job runs, under <c>/user/actorstreams</c>; the job does not end it. Default: null, a local
        /// one that all jobs without a system of their own share; it starts with the first of them and ends with the last.</summary>
        /// <remarks>What these options do not say is as the system's configuration has it (<see cref="ActorStreamsExtension.Options"/>).
        /// A system that shuts down commits the job's last epoch.</remarks>
        public ActorSystem? System
        {
            get => (options.Place as JobPlace)?.System;
            set => options.Place = value is null ? null : new JobPlace(value) { IsOfUser = true };
        }
    }

    extension(ActorSystem system)
    {
        /// <summary>ActorStreams in this system.</summary>
        public ActorStreamsExtension ActorStreams() => ActorStreamsExtension.Get(system);
    }

    extension(ActorStreamsExtension streams)
    {
        /// <summary>Starts a pipeline in this system, at its beginning or where its last committed epoch ended.</summary>
        /// <inheritdoc cref="extension(Job).StartAsync(Pipeline, Store?, JobOptions?, CancellationToken)"/>
        public Task<Job> StartAsync(Pipeline pipeline, Store? store, JobOptions? options = null, CancellationToken cancellation = default) =>
            Job.StartAsync(pipeline, store, (options ?? new JobOptions()) with { System = streams.System }, cancellation);

        /// <summary>Starts a pipeline that keeps its state in an SQLite file of its own in this system, and goes on from
        /// there.</summary>
        /// <inheritdoc cref="extension(Job).StartAsync(Pipeline, JobOptions?, CancellationToken)"/>
        public Task<Job> StartAsync(Pipeline pipeline, JobOptions? options = null, CancellationToken cancellation = default) =>
            Job.StartAsync(pipeline, (options ?? new JobOptions()) with { System = streams.System }, cancellation);
    }

    extension(Job)
    {
        /// <summary>Starts a pipeline, at its beginning or where its last committed epoch ended.</summary>
        /// <param name="pipeline">What to run.</param>
        /// <param name="store">Where the truth is kept; <see cref="Store.Volatile"/>, or null: nowhere, the job starts anew each
        /// time.</param>
        /// <param name="options">How to run; null: the defaults.</param>
        /// <param name="cancellation">Ends the attempt to start.</param>
        /// <exception cref="PipelineException">The pipeline or the options are wrong; the message names the operator and the
        /// remedy.</exception>
        /// <exception cref="ActorStreamsException">A source, a sink or the store cannot be opened.</exception>
        public static Task<Job> StartAsync(Pipeline pipeline, Store? store, JobOptions? options = null,
            CancellationToken cancellation = default) =>
            StartAsync(pipeline, store, ownsStore: false, Complete(pipeline, options), cancellation);

        /// <summary>Starts a pipeline that keeps its state in an SQLite file of its own, <c>actorstreams/&lt;pipeline&gt;.db</c> in the
        /// current folder, and goes on from there.</summary>
        /// <remarks>
        /// Which file that is, and where the job goes on, is told as <see cref="JobNoticeKind.StateKept"/>. The folder is
        /// <see cref="JobOptions.StateFolder"/>. The file lives and is closed with the job. To keep nothing, say so:
        /// <c>Job.StartAsync(pipeline, Store.Volatile)</c>.
        /// </remarks>
        /// <param name="pipeline">What to run. Topics need a store that is named, because jobs meet in it.</param>
        /// <param name="options">How to run; null: the defaults.</param>
        /// <param name="cancellation">Ends the attempt to start.</param>
        /// <exception cref="PipelineException">The pipeline or the options are wrong; the message names the operator and the
        /// remedy.</exception>
        /// <exception cref="ActorStreamsException">A source, a sink or the file cannot be opened.</exception>
        public static async Task<Job> StartAsync(Pipeline pipeline, JobOptions? options = null, CancellationToken cancellation = default)
        {
            options = Complete(pipeline, options);
            options.Validate(pipeline.Name);
            string path = Path.GetFullPath(Path.Combine(options.StateFolder, $"{pipeline.Name}.db"));
            var store = new DefaultStore(Store.Sqlite(path, options.System?.ActorStreams().SqliteOptions), path);
            Job job;
            try
            {
                job = await StartAsync(pipeline, store, ownsStore: true, options, cancellation);
            }
            catch
            {
                await store.DisposeAsync();
                throw;
            }

            string place = job.WasComplete
                ? $"and is complete since epoch {job.Epoch}: there is nothing left to do, unless the file is removed"
                : job.Epoch == 0 ? "and begins"
                : $"and goes on after epoch {job.Epoch}";
            options.Tell(
                new JobNotice(pipeline.Name, JobNoticeKind.StateKept,
                $"Pipeline '{pipeline.Name}' keeps its state in '{path}', because no store was named, {place}. " +
                $"Name a store, or another folder ({nameof(JobOptions)}.{nameof(JobOptions.StateFolder)}); Store.Volatile keeps nothing.",
                    null));
            return job;
        }
    }

    /// <summary>The same options in a place that is given.</summary>
    internal static JobOptions At(this JobOptions options, JobPlace place)
    {
        options = options with { };
        options.Place = place;
        return options;
    }

    /// <summary>What code says, and what the configuration of its ActorSystem says besides.</summary>
    private static JobOptions Complete(Pipeline pipeline, JobOptions? options)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        options ??= new JobOptions();
        return options.Place is JobPlace { IsOfUser: true, System: { } system }
            ? SystemNotices.Tell(system.ActorStreams().Complete(options), system)
            : options;
    }

    private static async Task<Job> StartAsync(Pipeline pipeline, Store? store, bool ownsStore, JobOptions options,
        CancellationToken cancellation)
    {
        Job.Check(pipeline, options);
        cancellation.ThrowIfCancellationRequested();
        var place = (JobPlace?)options.Place;
        Action leave = static () => { };
        if (place is null)
            (place, leave) = (new JobPlace(LocalSystem.Join()), LocalSystem.Leave);
        return await place.System.ActorStreams().StartAsync(pipeline, store, ownsStore, options, place, leave, cancellation);
    }
}
