// The folders of the specs have the names of the operators' own, which would hide these two classes.
global using Kinds = ActorStreams.Operators.Windows.Windows;
global using Fold = ActorStreams.Operators.Aggregates.Aggregates;
global using WindowCount = ActorStreams.Operators.Windows.WindowResult<string, long>;
