using ActorStreams.Core.Exchange;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Regions;

namespace ActorStreams.Core.Process;

/// <summary>The further outputs of user code that are read, in the graph.</summary>
/// <param name="owner">The operator.</param>
internal sealed class TaggedOutputs(StreamNode owner)
{
    private readonly List<TaggedOutput> _outputs = [];

    /// <summary>The rows of a tag, which are read from now on.</summary>
    public Stream<T> Read<T>(Pipeline pipeline, OutputTag<T> tag)
    {
        if (_outputs.Find(output => output.Name == tag.Name) is { } known)
        {
            return known is TaggedOutput<T> same
                ? new Stream<T>(pipeline, same.Node)
                : throw new PipelineException(
                    $"Pipeline '{pipeline.Name}', operator '{owner.Name}': its output '{tag.Name}' has rows of type " +
                    $"{known.RowType.Name}, not {typeof(T).Name}. Give one of the two tags another name.");
        }

        var output = new TaggedOutput<T>(tag, new SideNode<T>($"{owner.Name}-{tag.Name}", owner));
        pipeline.Add(output.Node);
        _outputs.Add(output);
        return new Stream<T>(pipeline, output.Node);
    }

    /// <summary>The same in one region.</summary>
    public SideOutputs Open(StageBuild build) =>
        new(owner.Name, [.. _outputs.Select(output => (output.Name, output.Tag, output.Open(build)))]);

    private abstract class TaggedOutput(string name, object tag, Type rowType)
    {
        public string Name => name;

        public object Tag => tag;

        public Type RowType => rowType;

        public abstract RowOutput Open(StageBuild build);
    }

    private sealed class TaggedOutput<T>(OutputTag<T> tag, SideNode<T> node) : TaggedOutput(tag.Name, tag, typeof(T))
    {
        public SideNode<T> Node => node;

        public override RowOutput Open(StageBuild build) => new RowOutput<T>(build.Context, build.Downstream(node));
    }
}

/// <summary>The further outputs of user code in one region: those that are read.</summary>
/// <param name="name">The operator's name.</param>
/// <param name="outputs">Where the rows of which tag go.</param>
internal sealed class SideOutputs(string name, (string Name, object Tag, RowOutput Rows)[] outputs)
{
    public RowOutput[] All { get; } = [.. outputs.Select(output => output.Rows)];

    /// <summary>Adds a row for a tag, if anybody reads these.</summary>
    public void Emit<T>(OutputTag<T> tag, in T row, long time)
    {
        foreach ((_, object known, RowOutput rows) in outputs)
        {
            if (!ReferenceEquals(known, tag))
                continue;
            ((RowOutput<T>)rows).AddBeside(row, time);
            return;
        }

        EmitByName(tag, row, time);
    }

    /// <summary>For a tag that is another object than the one it is read by, or is not read.</summary>
    private void EmitByName<T>(OutputTag<T> tag, in T row, long time)
    {
        foreach ((string known, _, RowOutput rows) in outputs)
        {
            if (known != tag.Name)
                continue;
            if (rows is not RowOutput<T> same)
            {
                throw new PipelineException(
                    $"Operator '{name}' emits rows of type {typeof(T).Name} for its output '{tag.Name}', which is read with another " +
                    "type. Make the tag once, and use it in both places.");
            }

            same.AddBeside(row, time);
            return;
        }
    }
}
