using ActorStreams.Core.Exchange;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Process;
using ActorStreams.Core.Regions;
using ActorStreams.Core.Stages;
using ActorStreams.Core.Storage;

namespace ActorStreams.Core.Jobs;

/// <summary>What is read of a job whose instances run in this process.</summary>
internal sealed class JobHere(Job job) : IJobSource
{
    public string Pipeline => job.Run.Plan.Pipeline.Name;

    public IReadOnlyList<StreamNode> Nodes => job.Run.Plan.Nodes;

    public bool IsHere => true;

    public JobViews Views => job.Views;

    public Task Ended => job.Completion;

    public (object View, Task IsThere)? View(string name) =>
        job.Views.TryGet(name, out object? view) ? (view, Task.CompletedTask) : null;

    public Task<TState?> AskAsync<TKey, TState>(string operatorName, TKey key, string? state)
    {
        JobRun run = job.Run;
        ulong hash = run.Shards.HashOf(key);
        IRegion? region = run.Regions.FirstOrDefault(
            region => region.OperatorName == operatorName && region.Shards.Contains(run.Shards.ShardOf(hash)));
        if (region is not IEntityHost<TKey> host)
            throw EntityRef<TKey, TState>.Unknown(run.Plan, operatorName);
        var question = new Question<TKey, TState>(operatorName, host, key, state);
        region.Context.Inbox.Ask(question);
        return question.Answer;
    }

    public ValueTask<JobReader> OpenReaderAsync(CancellationToken cancellation) => job.OpenReaderAsync(cancellation);

    private sealed class Question<TKey, TState>(string operatorName, IEntityHost<TKey> host, TKey key, string? state) : IStageRequest
    {
        private readonly TaskCompletionSource<TState?> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<TState?> Answer => _answer.Task;

        public void Run()
        {
            try
            {
                _answer.TrySetResult(host.Entities.Read<TState>(operatorName, key, state));
            }
            catch (Exception error)
            {
                _answer.TrySetException(error);
            }
        }

        public void Abandon(Exception reason) => _answer.TrySetException(reason);
    }
}
