using Akka.Streams;
using Akka.Streams.Stage;

namespace ActorStreams.Connectors.AkkaStreams.Tests;

/// <summary>A source without elements that tells which actor runs it.</summary>
internal sealed class PathOfStage(Action<string> found) : GraphStage<SourceShape<int>>
{
    private readonly Outlet<int> _out = new("out");

    public override SourceShape<int> Shape => new(_out);

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, found);

    private sealed class Logic : OutGraphStageLogic
    {
        private readonly Action<string> _found;

        public Logic(PathOfStage stage, Action<string> found)
            : base(stage.Shape)
        {
            _found = found;
            SetHandler(stage._out, this);
        }

        public override void PreStart()
        {
            _found(Akka.Actor.Internal.InternalCurrentActorCellKeeper.Current!.Self.Path.ToString());
            CompleteStage();
        }

        public override void OnPull()
        {
        }
    }
}
