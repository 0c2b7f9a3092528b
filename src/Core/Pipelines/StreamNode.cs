using ActorStreams.Core.Exchange;

namespace ActorStreams.Core.Pipelines;

/// <summary>A node of the graph.</summary>
internal abstract class StreamNode(string name, string kind, params StreamNode[] inputs)
{
    public int Id { get; set; }

    public string Name { get; } = name;

    /// <summary>The operator's kind as users know it.</summary>
    public string Kind { get; } = kind;

    public IReadOnlyList<StreamNode> Inputs { get; } = inputs;

    /// <summary>What else a plan tells about it.</summary>
    public virtual string Detail => "";

    /// <summary>Rows come in by key.</summary>
    public virtual bool IsKeyed => false;

    /// <summary>It always starts a stage of its own.</summary>
    public virtual bool StartsStage => false;

    public virtual int MaxParallelism => int.MaxValue;

    /// <summary>A node whose stage it must share: the other input of the same operator. Null: none.</summary>
    public virtual StreamNode? StageMate => null;

    /// <summary>What becomes of a row on which it fails; null: as the job's options say.</summary>
    public ErrorPolicy? Errors { get; set; }

    /// <summary>What its stored state depends on besides the schema, in words: with another definition the state means nothing. Null: on
    /// nothing.</summary>
    public virtual string? Definition => null;

    /// <summary>What its rows may say of earlier ones.</summary>
    public virtual ChangelogMode Changelog => ChangelogMode.InsertOnly;

    /// <summary>The node that first gave what <see cref="Changelog"/> says: operators that only pass rows on are not to blame.</summary>
    public StreamNode ChangelogOrigin
    {
        get
        {
            StreamNode origin = this;
            while (!origin.IsKeyed && origin.Inputs.FirstOrDefault(input => input.Changelog != ChangelogMode.InsertOnly) is { } before)
                origin = before;
            return origin;
        }
    }

    /// <summary>It keeps rows as dead letters whatever the error policy says: late ones.</summary>
    public virtual bool NeedsDeadLetters => false;

    /// <summary>It has to know where its rows came from.</summary>
    public virtual bool NeedsPositions => false;

    /// <summary>It has to know how far the source partition of a row was complete before it.</summary>
    public virtual bool NeedsSourceWatermarks => false;

    /// <summary>The nodes from whose rows its own have their source watermarks: none for one that has such of its own. Null: its rows are
    /// without.</summary>
    public virtual IReadOnlyList<StreamNode>? SourceWatermarksFrom => null;

    /// <summary>The names of what it keeps for keys of a type; null: nothing.</summary>
    public virtual IReadOnlyList<string>? StatesOf(Type key) => null;

    /// <summary>What it needs event times for; null: it does not.</summary>
    public virtual EventTimeNeed? EventTimeNeed => null;

    /// <summary>The inputs that must have event times, where it needs them.</summary>
    public virtual IReadOnlyList<StreamNode> EventTimeNeededFrom => Inputs;

    /// <summary>Of a source: whether its rows have event times.</summary>
    public virtual bool BringsEventTime => false;

    /// <summary>The inputs whose event times its rows have: they have such if all of these do.</summary>
    public virtual IReadOnlyList<StreamNode> EventTimesFrom => Inputs;

    /// <summary>Event-time boundaries that matter to it are multiples of this many microseconds; 0: none matter.</summary>
    public virtual long WatermarkGranularity => 0;

    /// <summary>Its two inputs, if the sources of the one wait for the initial snapshots of those of the other. Null: nobody
    /// waits.</summary>
    public virtual (StreamNode Waiting, StreamNode For)? SnapshotWait => null;

    /// <summary>Finds what would only fail at run time: a missing codec above all.</summary>
    public virtual void Validate(string pipeline)
    {
    }

    /// <summary>Fails with the operator's name if <typeparamref name="TStored"/> has no codec.</summary>
    protected void Require<TStored>(string pipeline, string what)
    {
        try
        {
            RecordCodec.Of<TStored>();
        }
        catch (CodecException error)
        {
            throw new PipelineException($"Pipeline '{pipeline}', operator '{Name}': the {what} cannot be stored. {error.Message}", error);
        }
    }
}

/// <summary>A node that puts out rows.</summary>
internal abstract class StreamNode<T>(string name, string kind, params StreamNode[] inputs) : StreamNode(name, kind, inputs)
{
    public override ChangelogMode Changelog => ChangelogRowAttribute.ModeOf(typeof(T));

    /// <summary>For an operator that passes rows on as they are.</summary>
    protected ChangelogMode InputsChangelog => Inputs.Max(static input => input.Changelog);
}

/// <summary>A further output of <paramref name="owner"/>: late rows, a branch.</summary>
/// <param name="name">Its name in plans.</param>
/// <param name="owner">Whose output it is.</param>
/// <param name="passesOn">Whether its rows are those of the owner's inputs, as they came.</param>
internal sealed class SideNode<T>(string name, StreamNode owner, bool passesOn = false) : StreamNode<T>(name, "side output", owner)
{
    public override IReadOnlyList<StreamNode>? SourceWatermarksFrom => passesOn ? owner.Inputs : null;
}

/// <summary>A node that takes rows in. A node with two kinds of input has a consumer for each.</summary>
internal interface IConsumer<T>
{
    StreamNode Node { get; }

    /// <summary>Builds the operator in an actor, behind everything fused after it; who calls takes it in
    /// (<see cref="StageBuild.Host"/>).</summary>
    Receiver<T> Attach(StageBuild build);

    /// <summary>The way to it from another actor.</summary>
    (OutputPort Port, Receiver<T> Entry) Connect(StageBuild sender, IReadOnlyList<InputPort<T>> ports, IReadOnlyList<Inbox> inboxes);
}

/// <summary>A node with one input.</summary>
internal abstract class OperatorNode<TIn, TOut>(string name, string kind, StreamNode<TIn> input) : StreamNode<TOut>(name, kind, input),
    IConsumer<TIn>, IStageEntry
{
    public StreamNode Node => this;

    public abstract Receiver<TIn> Attach(StageBuild build);

    public void AttachEntry(StageBuild build) => build.AddEntry(this);

    public virtual (OutputPort Port, Receiver<TIn> Entry) Connect(StageBuild sender, IReadOnlyList<InputPort<TIn>> ports,
        IReadOnlyList<Inbox> inboxes) =>
        sender.Forward(this, ports, inboxes);
}
