(* Every linear workflow: the recurrence of second moments from the mixing matrix alone.

   The data come in batches 0, 1, 2, ...: batch j has n j observations of a model, and the mean of a statistic f under
   that model is the truth plus sum_(i < j) w j i (y_i - truth), where y_i is the mean of f in batch i. Real data have no
   weights; for synthetic data the weights w j are the shares of the batches in the training set of the model that drew
   them. A model is known by the batch that it draws.

   draws h j       the law of one observation of batch j, when h are the batches before it
   histories j     the law of the first j batches
   deviation h i   how far the mean of f in batch i is from the truth
   mixture h j     how far the mean of f is from the truth under the model that draws batch j
   linear_rows     a batch is real, and has no weights, or synthetic, and has weights that sum to one

   Assumes: a mean and a variance v0 + v1 m + v2 m^2 of one observation; rows of weights that are empty or sum to one.
   Leaves out: how the package fills its mixing matrix.
*)
From mathcomp Require Import all_ssreflect ssralg ssrnum zify ring lra reals.
From Collapse Require Import Formulas Probability Workflows.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

(* Whatever moves as the printed recurrence moves is the printed recurrence. *)
Section Printed.
Variables (R : realType) (variance : nat -> R) (v2 : R) (n : nat -> R) (w : nat -> nat -> R).
Variable moment : nat -> nat -> nat -> R.

Definition quadratic j : R := \sum_(0 <= i < j) \sum_(0 <= s < j) w j i * w j s * moment j i s.

Hypothesis symmetric : forall j i s, moment j i s = moment j s i.
Hypothesis earlier : forall j i s, (i < j)%N -> (s < j)%N -> moment j.+1 i s = moment j i s.
Hypothesis column : forall j i, (i < j)%N -> moment j.+1 i j = \sum_(0 <= s < j) w j s * moment j i s.
Hypothesis corner : forall j, moment j.+1 j j = quadratic j + (variance j + v2 * quadratic j) / n j.

Lemma printed_moments j i s : (i < j)%N -> (s < j)%N ->
  second_moments variance v2 n w j i s = moment j i s.
Proof.
elim: j i s => // j ih i s; rewrite !ltnS => ij sj; rewrite /second_moments /=.
have sum a : (a < j)%N ->
    \sum_(0 <= b < j) (second_moments variance v2 n w j a b * w j b) = \sum_(0 <= b < j) w j b * moment j a b.
  by move=> aj; apply: eq_big_nat => b /andP[_ bj]; rewrite ih// mulrC.
have [ij'|ji] := ltnP i j; have [sj'|js] := ltnP s j => /=.
- by rewrite earlier// -ih.
- by rewrite (_ : s = j) ?column// ?sum//; apply/eqP; rewrite eqn_leq sj js.
- by rewrite (_ : i = j) 1?symmetric ?column// ?sum//; apply/eqP; rewrite eqn_leq ij ji.
have -> : i = j by apply/eqP; rewrite eqn_leq ij ji.
have -> : s = j by apply/eqP; rewrite eqn_leq sj js.
rewrite corner (_ : quadratic j = \sum_(0 <= a < j)
  (w j a * (\sum_(0 <= b < j) (second_moments variance v2 n w j a b * w j b))))//.
apply: eq_big_nat => a /andP[_ aj]; rewrite sum// mulr_sumr; apply: eq_bigr => b _; ring.
Qed.

Lemma printed_error t : mean_square_error variance v2 n w t = quadratic t.
Proof.
apply: eq_big_nat => i /andP[_ it]; rewrite printed_moments// ?ltnS 1?ltnW// column// mulr_sumr.
by apply: eq_bigr => s _; ring.
Qed.

End Printed.

(* The recurrence is linear in the variance. *)
Section Linear.
Variables (R : realType) (I : finType) (variance : I -> nat -> R) (v2 : R) (n : nat -> R) (w : nat -> nat -> R).
Local Notation whole := (fun j => \sum_c variance c j).

Lemma second_moments_sum j i s : (i < j)%N -> (s < j)%N ->
  second_moments whole v2 n w j i s = \sum_c second_moments (variance c) v2 n w j i s.
Proof.
elim: j i s => // j ih i s; rewrite !ltnS => ij sj; rewrite /second_moments /=.
have sum a : (a < j)%N -> \sum_(0 <= b < j) (second_moments whole v2 n w j a b * w j b) =
    \sum_c \sum_(0 <= b < j) (second_moments (variance c) v2 n w j a b * w j b).
  move=> aj; rewrite exchange_big; apply: eq_big_nat => b /andP[_ bj]; by rewrite ih// mulr_suml.
have [ij'|ji] := ltnP i j; have [sj'|js] := ltnP s j => /=; [exact: ih|exact: sum|exact: sum|].
have -> : \sum_(0 <= a < j) (w j a * (\sum_(0 <= b < j) (second_moments whole v2 n w j a b * w j b))) =
    \sum_c \sum_(0 <= a < j) (w j a * (\sum_(0 <= b < j) (second_moments (variance c) v2 n w j a b * w j b))).
  by rewrite exchange_big; apply: eq_big_nat => a /andP[_ aj]; rewrite sum// mulr_sumr.
by rewrite mulr_sumr -big_split mulr_suml -big_split.
Qed.

Lemma mean_square_error_sum t :
  mean_square_error whole v2 n w t = \sum_c mean_square_error (variance c) v2 n w t.
Proof.
rewrite /mean_square_error exchange_big; apply: eq_big_nat => i /andP[_ it].
by rewrite second_moments_sum ?mulr_sumr// ltnS ltnW.
Qed.

End Linear.

Section Process.
Variables (R : realType) (A : Type) (f : A -> R) (truth : R) (n : nat -> nat) (w : nat -> nat -> R).
Variable draws : seq (seq A) -> nat -> law R A.
Implicit Types (h : seq (seq A)) (i j s : nat).

Fixpoint histories j : law R (seq (seq A)) :=
  if j is s.+1 then bind (histories s) (fun h => image (rcons h) (iid (n s) (draws h s))) else dirac R [::].

Definition deviation h i : R := average f (nth [::] h i) - truth.

Definition mixture h j : R := \sum_(0 <= i < j) w j i * deviation h i.

Hypothesis n_gt0 : forall j, (0 < n j)%N.

Lemma E_historiesS j G : E (histories j.+1) G =
  E (histories j) (fun h => E (iid (n j) (draws h j)) (fun y => G (rcons h y))).
Proof. by rewrite /= E_bind; apply: E_eq => h; rewrite E_image. Qed.

Lemma histories_size j :
  surely (histories j) (fun h => size h = j /\ forall i, (i < j)%N -> (0 < size (nth [::] h i))%N).
Proof.
elim: j => [|j ih]; first by apply: surely_dirac.
apply: (surely_bind ih) => h [hj hs]; apply: surely_image.
apply: (surely_sub (size_iid _ _)) => x xn; split; first by rewrite size_rcons hj.
move=> i; rewrite ltnS nth_rcons hj => ij.
by case: (ltngtP i j) ij => [lt _|//|_ _]; [exact: hs|rewrite xn].
Qed.

Lemma deviation_old h y i j : size h = j -> (i < j)%N -> deviation (rcons h y) i = deviation h i.
Proof. by move=> hj ij; rewrite /deviation nth_rcons hj ij. Qed.

Lemma deviation_new h y j : size h = j -> deviation (rcons h y) j = average f y - truth.
Proof. by move=> hj; rewrite /deviation nth_rcons hj ltnn eqxx. Qed.

(* The model that draws batch j has the mean that its weights give it. *)
Hypothesis draws_mean : forall j, surely (histories j) (fun h => E (draws h j) f = truth + mixture h j).

Let both j : surely (histories j) (fun h => (size h = j /\ forall i, (i < j)%N -> (0 < size (nth [::] h i))%N) /\
  E (draws h j) f = truth + mixture h j) := surely_and (@histories_size j) (@draws_mean j).

Lemma new_mean h j : E (draws h j) f = truth + mixture h j ->
  E (iid (n j) (draws h j)) (fun y => average f y - truth) = mixture h j.
Proof. by move=> hm; rewrite E_sub E_const E_average// hm addrAC subrr add0r. Qed.

Lemma unbiased j i : (i < j)%N -> E (histories j) (fun h => deviation h i) = 0.
Proof.
elim: j i => // j ih i ij; rewrite E_historiesS.
rewrite (E_surely (@both j) (g := fun h => if (i < j)%N then deviation h i else mixture h j)); last first.
  move=> h [[hj _] hm]; move: ij; rewrite ltnS; case: (ltngtP i j) => [lt _|//|-> _].
    by rewrite (E_eq (g := fun=> deviation h i)) ?E_const// => y; rewrite (deviation_old _ hj).
  by rewrite -[RHS]new_mean//; apply: E_eq => y; rewrite (deviation_new _ hj).
move: ij; rewrite ltnS; case: (ltngtP i j) => [lt _|//|_ _]; first exact: ih.
rewrite /mixture E_sum big_nat_cond big1// => s /andP[/andP[_ sj] _].
by rewrite E_scale ih// mulr0.
Qed.

Lemma mixture_unbiased j : E (histories j) (fun h => mixture h j) = 0.
Proof.
rewrite /mixture E_sum big_nat_cond big1// => s /andP[/andP[_ sj] _].
by rewrite E_scale unbiased// mulr0.
Qed.

Definition moment j i s : R := E (histories j) (fun h => deviation h i * deviation h s).

Lemma moment_symmetric j i s : moment j i s = moment j s i.
Proof. by apply: E_eq => h; rewrite mulrC. Qed.

(* Later batches do not change what earlier ones were. *)
Lemma moment_earlier j i s : (i < j)%N -> (s < j)%N -> moment j.+1 i s = moment j i s.
Proof.
move=> ij sj; rewrite /moment E_historiesS; apply: (E_surely (@histories_size j)) => h [hj _].
rewrite (E_eq (g := fun=> deviation h i * deviation h s)) ?E_const// => y.
by rewrite !(deviation_old _ hj).
Qed.

(* The covariance of a batch with an earlier one: the row of the mixing matrix times what is known. *)
Theorem covariance_recurrence j i : (i < j)%N ->
  moment j.+1 i j = \sum_(0 <= s < j) w j s * moment j i s.
Proof.
move=> ij; rewrite /moment E_historiesS (E_surely (@both j)
   (g := fun h => \sum_(0 <= s < j) w j s * (deviation h i * deviation h s))); last first.
  move=> h [[hj _] hm]; rewrite (E_eq (g := fun y => deviation h i * (average f y - truth))); last first.
    by move=> y; rewrite (deviation_old _ hj)// (deviation_new _ hj).
  by rewrite E_scale new_mean// /mixture mulr_sumr; apply: eq_bigr => s _; ring.
by rewrite E_sum; apply: eq_bigr => s _; rewrite E_scale.
Qed.

Definition squared_error j : R := E (histories j) (fun h => mixture h j ^+ 2).

(* The error of a model: a quadratic form of its row of the mixing matrix. *)
Theorem error_recurrence j : squared_error j = quadratic w moment j.
Proof.
rewrite /squared_error /quadratic.
rewrite (E_eq (g := fun h => \sum_(0 <= i < j) \sum_(0 <= s < j) w j i * w j s * (deviation h i * deviation h s))).
  rewrite E_sum; apply: eq_bigr => i _; rewrite E_sum; apply: eq_bigr => s _; by rewrite E_scale.
move=> h; rewrite expr2 /mixture mulr_suml; apply: eq_bigr => i _; rewrite mulr_sumr.
by apply: eq_bigr => s _; ring.
Qed.

Variables (variance : nat -> R) (v2 : R).
(* The expected variance of an observation moves with the error of its model. *)
Hypothesis draws_variance : forall j,
  E (histories j) (fun h => Var (draws h j) f) = variance j + v2 * squared_error j.

(* The variance of a batch: the error of the model that draws it, and the noise of n j draws. *)
Theorem variance_recurrence j :
  moment j.+1 j j = squared_error j + (variance j + v2 * squared_error j) / (n j)%:R.
Proof.
have nn : (n j)%:R != 0 :> R by rewrite pnatr_eq0 -lt0n.
rewrite /moment E_historiesS (E_surely (@both j) (g := fun h => mixture h j ^+ 2 + (n j)%:R^-1 * Var (draws h j) f)).
  by rewrite E_add E_scale draws_variance -/(squared_error j); field.
move=> h [[hj _] hm]; rewrite (E_eq (g := fun y => (average f y - truth) ^+ 2)); last first.
  by move=> y; rewrite (deviation_new _ hj) expr2.
rewrite E_square_deviation Var_average// E_average// hm; ring.
Qed.

(* The printed recurrence is the error of the model, for every number of batches. *)
Theorem recurrence_is_error t : squared_error t = mean_square_error variance v2 (fun j => (n j)%:R) w t.
Proof.
rewrite (printed_error (moment := moment)) ?error_recurrence//.
- exact: moment_symmetric.
- exact: moment_earlier.
- exact: covariance_recurrence.
by move=> j; rewrite -error_recurrence variance_recurrence.
Qed.

End Process.

Definition linear_rows (R : realType) (w : nat -> nat -> R) : Prop := (forall j i, 0 <= w j i) /\
  forall j, (forall i, (i < j)%N -> w j i = 0) \/ \sum_(0 <= i < j) w j i = 1.

(* Families with a quadratic variance function. *)
Section Quadratic.
Variables (R : realType) (F : family R) (truth : R) (n : nat -> nat) (w : nat -> nat -> R).
Hypothesis truth_ok : inside F truth.
Hypothesis n_gt0 : forall j, (0 < n j)%N.
Hypothesis rows : linear_rows w.
Implicit Types (h : seq (seq R)) (i j s : nat).

Definition draws h j : law R R := draw F (truth + mixture id truth w h j).

Lemma row_inside j (y : nat -> R) : (forall i, (i < j)%N -> inside F (y i)) ->
  inside F (truth + \sum_(0 <= i < j) w j i * (y i - truth)).
Proof.
case: rows => w_ge0 w_total ys; case: (w_total j) => [zero|one].
  by rewrite big_nat_cond big1 ?addr0// => i /andP[/andP[_ ij] _]; rewrite zero// mul0r.
pose s := [seq (w j i, y i) | i <- index_iota 0 j].
have ge : all (fun p : R * R => 0 <= p.1) s by rewrite all_map; apply/allP => i _ /=.
have sum : \sum_(p <- s) p.1 = 1 by rewrite big_map.
have -> : truth + \sum_(0 <= i < j) w j i * (y i - truth) = E (Law ge sum) id.
  rewrite /E /= big_map (eq_bigr (fun i => w j i * y i - w j i * truth)); last by move=> i _; rewrite mulrBr.
  by rewrite sumrB -mulr_suml one mul1r addrC subrK.
apply: mean_inside => p /=; rewrite /s => ps.
have [i [<- ii]] := proj1 (List.in_map_iff (fun i => (w j i, y i)) (index_iota 0 j) p) ps.
apply: ys; have : i \in index_iota 0 j by elim: (index_iota 0 j) ii => //= a u ih [->|/ih iu]; rewrite in_cons ?eqxx// iu orbT.
by rewrite mem_index_iota.
Qed.

Lemma average_inside m k : (0 < k)%N -> inside F m ->
  surely (iid k (draw F m)) (fun y => inside F (average id y)).
Proof.
move=> k0 Fm; have sF := surely_and (size_iid k (draw F m)) (surely_iid k (draw_inside Fm)).
apply: (surely_sub sF) => s [] {sF} sn sF; case: s sn sF => [sn|x s _ sF]; first by rewrite -sn in k0.
rewrite -E_uniform; apply: mean_inside => y /= [<-|]; first by apply: sF; left.
by move=> /List.in_map_iff[z [<- zs]]; apply: sF; right.
Qed.

Lemma model_inside j : surely (histories n draws j) (fun h => inside F (truth + mixture id truth w h j)).
Proof.
suff all_inside : surely (histories n draws j)
    (fun h => size h = j /\ forall i, (i < j)%N -> inside F (average id (nth [::] h i))).
  by apply: (surely_sub all_inside) => h [_ hs]; exact: row_inside.
elim: j => [|j ih]; first by apply: surely_dirac.
apply: (surely_bind ih) => h [hj hs]; apply: surely_image.
apply: (surely_sub (average_inside (n_gt0 j) (row_inside hs))) => y Fy; split; first by rewrite size_rcons hj.
move=> i; rewrite ltnS nth_rcons hj => ij.
by case: (ltngtP i j) ij => [lt _|//|_ _]; [exact: hs|exact: Fy].
Qed.

Let draws_mean j : surely (histories n draws j) (fun h => E (draws h j) id = truth + mixture id truth w h j).
Proof. by apply: (surely_sub (@model_inside j)) => h; exact: draw_mean. Qed.

(* The variance function of a model moves with its error. *)
Theorem variance_function_recurrence j :
  E (histories n draws j) (fun h => variance_function F (truth + mixture id truth w h j)) =
  variance_function F truth + v2 F * squared_error id truth n w draws j.
Proof.
rewrite (E_eq (g := fun h => variance_function F truth + ((v1 F + 2 * v2 F * truth) * mixture id truth w h j +
   v2 F * mixture id truth w h j ^+ 2))).
  by rewrite E_add E_const E_add !E_scale mixture_unbiased// mulr0 add0r.
by move=> h; rewrite (variance_function_shift F truth) [truth + _]addrC addrK.
Qed.

Let draws_variance j : E (histories n draws j) (fun h => Var (draws h j) id) =
  variance_function F truth + v2 F * squared_error id truth n w draws j.
Proof.
rewrite -variance_function_recurrence; apply: (E_surely (@model_inside j)) => h; exact: draw_variance.
Qed.

Local Notation expected t G := (E (histories n draws t) (fun h => G (truth + mixture id truth w h t))).

Theorem qvf_any_mean_error_correct t : expected t (fun m => (m - truth) ^+ 2) =
  qvf_any_mean_error (fun j => (n j)%:R) w t truth (v0 F) (v1 F) (v2 F).
Proof.
rewrite (E_eq (g := fun h => mixture id truth w h t ^+ 2)); last by move=> h; rewrite addrAC subrr add0r.
exact: (recurrence_is_error n_gt0 draws_mean draws_variance).
Qed.

Theorem qvf_any_mean_variance_correct t :
  Var (histories n draws t) (fun h => truth + mixture id truth w h t) =
  qvf_any_mean_variance (fun j => (n j)%:R) w t truth (v0 F) (v1 F) (v2 F).
Proof.
by rewrite /Var E_add E_const mixture_unbiased// addr0 qvf_any_mean_error_correct.
Qed.

Theorem qvf_any_variance_correct t : expected t (variance_function F) =
  qvf_any_variance (fun j => (n j)%:R) w t truth (v0 F) (v1 F) (v2 F).
Proof.
rewrite variance_function_recurrence; congr (_ + _ * _).
exact: (recurrence_is_error n_gt0 draws_mean draws_variance).
Qed.

End Quadratic.

(* A window of the last batches of equal size as an instance: which weights satisfy the hypotheses. *)
Section Window.
Variables (R : realType) (length : nat).
Hypothesis length_gt0 : (0 < length)%N.

Definition window j i : R := if (j - length <= i < j)%N then 1 / (minn length j)%:R else 0.

Theorem window_is_linear : linear_rows window.
Proof.
split=> [j i|]; first by rewrite /window; case: ifP => // _; rewrite divr_ge0// ler0n.
case=> [|j]; first by left.
right; rewrite (big_cat_nat _ (n := j.+1 - length)) ?leq_subr//=.
rewrite big_nat_cond big1 ?add0r => [|i /andP[/andP[_ i1] _]]; last by rewrite /window leqNgt i1.
rewrite (eq_big_nat _ _ (F2 := fun=> 1 / (minn length j.+1)%:R)) => [|i /andP[i1 i2]]; last by rewrite /window i1 i2.
have size : (j.+1 - (j.+1 - length))%N = minn length j.+1 by rewrite minnC; case: (leqP j.+1 length) => h; rewrite /minn; lia.
rewrite sumr_const_nat size -[LHS]mulr_natr divfK// pnatr_eq0 -lt0n leq_min length_gt0.
by [].
Qed.

End Window.
