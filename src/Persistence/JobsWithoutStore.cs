using ActorStreams.Authoring;
using ActorStreams.Persistence.Shared;

namespace ActorStreams;

/// <summary>Starts jobs whose store is not named: <c>await Job.StartAsync(pipeline)</c>.</summary>
public static class JobsWithoutStore
{
    extension(Job)
    {
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
            ArgumentNullException.ThrowIfNull(pipeline);
            options ??= new JobOptions();
            options.Validate(pipeline.Name);
            string path = Path.GetFullPath(Path.Combine(options.StateFolder, $"{pipeline.Name}.db"));
            var store = new DefaultStore(Store.Sqlite(path), path);
            Job job;
            try
            {
                job = await Job.StartAsync(pipeline, store, ownsStore: true, options, cancellation);
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
}
